kubectl create configmap book --from-literal=BOOK_YEAR=2026
kubectl set env deployment/ledger --from=configmap/book
