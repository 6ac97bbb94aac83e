kubectl set env deployment/ledger BOOK_YEAR=2026
