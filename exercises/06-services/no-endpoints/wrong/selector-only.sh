# fails: answers
# says: 8080
# says: 8000
kubectl set selector service/tickets app=tickets
