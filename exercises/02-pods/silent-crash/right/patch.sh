kubectl patch deployment ledger -p \
  '{"spec": {"template": {"spec": {"containers": [{"name": "ledger", "env": [{"name": "BOOK_YEAR", "value": "2026"}]}]}}}}'
