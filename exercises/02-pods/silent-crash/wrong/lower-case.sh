# fails: runs
# says: BOOK_YEAR must be a year
kubectl set env deployment/ledger book_year=2026
