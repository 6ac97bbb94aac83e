# A Pod is made anew: its volumes cannot be changed while it lives.
kubectl replace --force --grace-period=0 -f - <<'POD'
apiVersion: v1
kind: Pod
metadata:
  name: news
  labels: {app: news}
spec:
  terminationGracePeriodSeconds: 1
  volumes:
    - name: paper
      emptyDir: {}
  containers:
    - name: writer
      image: busybox:1.37
      command:
        - sh
        - -c
        - mkdir -p /paper; while true; do date '+%T good news' > /paper/index.html; sleep 2; done
      volumeMounts:
        - {name: paper, mountPath: /paper}
    - name: server
      image: busybox:1.37
      command: [sh, -c, "mkdir -p /www; exec httpd -f -p 8000 -h /www"]
      ports:
        - {name: http, containerPort: 8000}
      volumeMounts:
        - {name: paper, mountPath: /www}
POD
