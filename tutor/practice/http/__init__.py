"""The API server's HTTP side: paths, bodies, answers and streams, as kubectl, helm and client libraries speak them."""
