# fails: year
# says: 2025
kubectl set env deployment/ledger BOOK_YEAR=2025
