"""Controllers: each brings the world nearer to what its objects ask for, again and again."""
