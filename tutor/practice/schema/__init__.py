"""What the API knows of types: definitions, strict decoding, the OpenAPI and discovery documents."""
