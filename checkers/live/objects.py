"""Objects, logs and what the API server thinks: everything that one request answers."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from checkers.live.client import Client, Headers, Reply, forbidden
from checkers.live.discovery import Discovery
from checkers.live.hidden import is_probe, without_probes
from checkers.words import say
from checkers.world import Admission, Kind, LookError, Obj, Subject

PAGE = "500"
"""Objects a page, as kubectl asks: https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks."""
_ITSELF = re.compile(r'User ".*" cannot (create|patch|impersonate) resource')


class Objects:
    """Reads of one cluster, and dry runs. `namespace` is where things are looked for by default."""

    def __init__(self, client: Client, discovery: Discovery, namespace: str) -> None:
        self._client = client
        self._discovery = discovery
        self._namespace = namespace

    def get(self, kind: Kind, name: str, namespace: str | None) -> Obj | None:
        """Return the object, or None; also where the cluster does not know the kind (yet)."""
        resource = self._discovery.find(kind)
        if resource is None:
            return None
        reply = self._client.request("GET", resource.path(namespace or self._namespace, quote(name, safe="")))
        if reply.status == 404:
            return None
        if reply.status != 200:
            raise forbidden(reply, say("read {kind} {name}", kind=kind.kind, name=name))
        return without_probes(reply.data)

    def list(self, kind: Kind, namespace: str | None, selector: str) -> list[Obj]:
        """Return the objects page by page, without the tutor's own; none where the kind is unknown."""
        resource = self._discovery.find(kind)
        if resource is None:
            return []
        where = "" if namespace == "*" else namespace or self._namespace
        query = {"limit": PAGE} | ({"labelSelector": selector} if selector else {})
        found: list[Obj] = []
        while True:
            reply = self._client.request("GET", resource.path(where), query=query)
            if reply.status == 404:
                return []
            if reply.status == 410:  # the page's snapshot is too old: start over
                query.pop("continue", None)
                found = []
                continue
            if reply.status != 200:
                raise forbidden(reply, say("list {what}", what=resource.spoken))
            data = reply.data
            # Lists carry the kind once; a check wants it on every object, as `kubectl get -o yaml` shows it.
            head = {"apiVersion": kind.api_version, "kind": kind.kind}
            found += [without_probes(head | item) for item in data.get("items") or [] if not is_probe(item)]
            token = (data.get("metadata") or {}).get("continue")
            if not token:
                return found
            query["continue"] = token

    def raw(self, path: str) -> Any:
        """GET an API path; decoded JSON, or None on 404."""
        reply = self._client.request("GET", path)
        if reply.status == 404:
            return None
        if reply.status != 200:
            raise forbidden(reply, say("read {what}", what=path))
        return reply.data

    def logs(self, pod: str, container: str, namespace: str | None, *, previous: bool, lines: int) -> str:
        """Return the last lines of a container; "" where there is no Pod, or no log yet."""
        where = namespace or self._namespace
        path = f"/api/v1/namespaces/{where}/pods/{quote(pod, safe='')}/log"
        query = {"tailLines": str(lines)} | ({"previous": "true"} if previous else {})
        query |= {"container": container or self.main_container(pod, where)}
        reply = self._client.request("GET", path, query={key: value for key, value in query.items() if value})
        if reply.status in (400, 404):  # waiting to start, never ended before, or gone: nothing was said
            return ""
        if reply.status != 200:
            raise forbidden(reply, say("read the logs of Pod {pod}", pod=pod))
        return reply.text

    def main_container(self, pod: str, namespace: str | None) -> str:
        """Return the container that kubectl takes by default: the annotated one, else the first; "" without a Pod."""
        obj = self.get(Kind("v1", "Pod"), pod, namespace)
        if obj is None:
            return ""
        chosen = (obj["metadata"].get("annotations") or {}).get("kubectl.kubernetes.io/default-container")
        return str(chosen or obj["spec"]["containers"][0]["name"])

    def can(
        self, who: Subject, verb: str, group: str, resource: str, name: str, namespace: str, subresource: str
    ) -> tuple[bool, str]:
        """Ask by SubjectAccessReview: https://kubernetes.io/docs/reference/access-authn-authz/authorization/."""
        asked = {
            "verb": verb,
            "group": group,
            "resource": resource,
            "name": name,
            "namespace": namespace,
            "subresource": subresource,
        }
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {
                "user": who.user,
                "groups": list(groups_of(who)),
                "resourceAttributes": {key: value for key, value in asked.items() if value},
            },
        }
        reply = self._client.request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", body=review)
        if reply.status != 201:
            raise forbidden(reply, say("ask what {user} may do", user=who.user))
        status = reply.data.get("status") or {}
        return bool(status.get("allowed")), str(status.get("reason") or status.get("evaluationError") or "")

    def dry_run(self, manifest: Obj, who: Subject | None) -> Admission:
        """Create `manifest`, or apply it where it exists, without storing anything.

        Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
        """
        kind = Kind(str(manifest.get("apiVersion")), str(manifest.get("kind")))
        resource = self._discovery.find(kind)
        if resource is None:
            message = say("no matches for kind {kind} in version {version}", kind=kind.kind, version=kind.api_version)
            return Admission(False, message, "NotFound")
        meta = manifest.get("metadata") or {}
        where = meta.get("namespace") or self._namespace
        query = {"dryRun": "All", "fieldValidation": "Strict", "fieldManager": "kubetutor"}
        headers = impersonation(who)
        reply = self._client.request("POST", resource.path(where), query=query, body=manifest, headers=headers)
        if reply.status == 409 and reply.reason == "AlreadyExists":
            apply: Headers = headers | {"Content-Type": "application/apply-patch+yaml"}
            path = resource.path(where, quote(meta["name"], safe=""))
            reply = self._client.request("PATCH", path, query=query | {"force": "true"}, body=manifest, headers=apply)
        return self._admission(reply, who)

    def _admission(self, reply: Reply, who: Subject | None) -> Admission:
        if reply.status in (200, 201):
            return Admission(True, stored=reply.data)
        refused = _ITSELF.search(reply.message)
        if reply.status == 403 and refused and (who is None or refused[1] == "impersonate"):
            raise forbidden(reply, say("try the manifest by a dry run"))
        if reply.status < 500 or "admission webhook" in reply.message or "failed calling webhook" in reply.message:
            return Admission(False, reply.message, reply.reason)
        raise LookError(
            say("The cluster could not answer a dry run: {message}", message=reply.message),
            say("Try again in a moment; the API server may be busy."),
        )


def groups_of(who: Subject) -> tuple[str, ...]:
    """Return the groups that the API server itself would add to those of `who`.

    Source: https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/ and
    https://kubernetes.io/docs/reference/access-authn-authz/authentication/.
    """
    groups = list(who.groups)
    parts = who.user.split(":")
    if len(parts) == 4 and parts[:2] == ["system", "serviceaccount"]:
        groups += ["system:serviceaccounts", f"system:serviceaccounts:{parts[2]}"]
    groups.append("system:unauthenticated" if who.user == "system:anonymous" else "system:authenticated")
    return tuple(dict.fromkeys(groups))


def impersonation(who: Subject | None) -> dict[str, str | list[str]]:
    """Return the headers that make a request as `who`; one header a group."""
    if who is None:
        return {}
    return {"Impersonate-User": who.user, "Impersonate-Group": list(groups_of(who))}
