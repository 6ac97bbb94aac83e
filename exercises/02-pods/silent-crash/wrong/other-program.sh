# A Pod that runs, but not the program.
# fails: program
# says: command
kubectl patch deployment ledger --type=json -p \
  '[{"op": "replace", "path": "/spec/template/spec/containers/0/command", "value": ["sleep", "1d"]}]'
