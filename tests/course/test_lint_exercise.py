"""Faults of an exercise's manifests, images, scripts and nodes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.course.conftest import EXERCISE, POD
from tests.course.test_lint import ROSE, faults
from tutor.clusters.kind.topologies import TOPOLOGIES
from tutor.course.lint_exercise import NODES

HEREDOC = "kubectl apply -f - <<'END'\n{}END\n"
VOLUME = "apiVersion: v1\nkind: PersistentVolume\nmetadata:\n  name: pool\n"
SERVICE = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n"
AS_IT_WAS = "kubectl run rose --image=nginx:1.28\n"


def test_each_object_is_told_at_its_line(course_dir: Path, rose: Path) -> None:
    (rose / "setup" / "bed.yaml").write_text(SERVICE + "---\n" + POD.replace("image:", "imgae:"))
    assert faults(course_dir) == [
        f"{ROSE}/setup/bed.yaml:13: spec.containers[0] has no field imgae; did you mean image?"
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (POD.replace("Pod", "Pdo"), ":2: there is no kind Pdo; did you mean Pod?"),
        (POD.replace("v1", "apps/v1", 1), ":2: there is no Pod in apps/v1; did you mean apiVersion v1?"),
        (POD.replace("name: bed", "labels: {a: 1}"), ":4: metadata.labels.a is a text"),
        (POD.replace("  name: bed\n", "  labels: {}\n"), ":3: metadata.name is missing"),
        (POD.replace("kind: Pod\n", ""), ":1: kind is missing"),
        (POD + "kind: Pod\n", ":9: the key kind is there twice, and only one of them would count"),
        (POD + "---\n", ":9: an empty document: one `---` too many"),
        ("# nothing yet\n", ":1: the file holds no object"),
    ],
)
def test_what_is_no_object(course_dir: Path, rose: Path, text: str, told: str) -> None:
    (rose / "setup" / "bed.yaml").write_text(text)
    found = faults(course_dir)
    assert any(each.startswith(f"{ROSE}/setup/bed.yaml{told}") for each in found), found


def test_what_a_script_hands_to_kubectl_is_read_too(course_dir: Path, rose: Path) -> None:
    (rose / "solution.sh").write_text("# The rose.\n" + HEREDOC.format(POD.replace("spec:", "spce:")))
    found = faults(course_dir)
    assert f"{ROSE}/solution.sh:7: the object has no field spce; did you mean spec?" in found
    (rose / "solution.sh").write_text("cat <<EOF | kubectl create -f -\nkind: Pod\nEOF\n")
    assert f"{ROSE}/solution.sh:2: apiVersion is missing" in faults(course_dir)
    (rose / "solution.sh").write_text("kubectl patch pod rose --patch-file /dev/stdin <<EOF\nspec: {}\nEOF\n")
    assert faults(course_dir) == []
    (rose / "solution.sh").write_text(HEREDOC.format("kind: [\n"))
    assert any(each.startswith(f"{ROSE}/solution.sh:3: not YAML") for each in faults(course_dir))


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("kubectl create clusterrole reader --verb=get --resource=nodes\n", ":1: ClusterRole reader is cluster-scoped"),
        ("kubectl create ns annexe\n", ":1: Namespace annexe is cluster-scoped"),
        (HEREDOC.format(VOLUME), ":3: PersistentVolume pool is cluster-scoped: name it under cluster_objects"),
    ],
)
@pytest.mark.parametrize("file", ["solution.sh", "right/other.sh"])
def test_objects_that_nobody_would_remove(course_dir: Path, rose: Path, file: str, script: str, told: str) -> None:
    (rose / file).write_text(script)
    assert any(each.startswith(f"{ROSE}/{file}{told}") for each in faults(course_dir))
    names = "[{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, name: reader},"
    names += " {apiVersion: v1, kind: Namespace, name: annexe}, {apiVersion: v1, kind: PersistentVolume, name: pool}]"
    (rose / "exercise.yaml").write_text(f"{EXERCISE}cluster_objects: {names}\n")
    assert faults(course_dir) == []


def test_the_tutor_labels_what_the_setup_applies_and_nothing_that_it_creates(course_dir: Path, rose: Path) -> None:
    (rose / "setup" / "bed.yaml").write_text(VOLUME)
    assert faults(course_dir) == []
    (rose / "exercise.yaml").write_text(f"{EXERCISE}setup: [{{apply: bed.yaml}}, {{kubectl: [create, ns, annexe]}}]\n")
    assert any("exercise.yaml:1: Namespace annexe is cluster-scoped" in each for each in faults(course_dir))


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("{apiVersion: v1, kind: ClusterRole, name: reader}", "there is no ClusterRole in v1"),
        ("{apiVersion: v1, kind: Secret, name: key}", "Secret key lives in a namespace"),
        ("{apiVersion: v1, kind: Namespace}", "needs the key name"),
    ],
)
def test_cluster_objects(course_dir: Path, rose: Path, entry: str, told: str) -> None:
    (rose / "exercise.yaml").write_text(f"{EXERCISE}cluster_objects:\n  - {entry}\n")
    assert any(f"{ROSE}/exercise.yaml:22: " in each and told in each for each in faults(course_dir))


@pytest.fixture
def nginx_129(course_dir: Path) -> None:
    """An image of the course that the exercise does not list."""
    with (course_dir / "exercises" / "images.yaml").open("a") as file:
        file.write('  - {image: "nginx:1.29", for: the newer release}\n  - {image: "redis:7.4", for: a database}\n')


@pytest.mark.parametrize(
    ("file", "text", "line", "image"),
    [
        ("setup/bed.yaml", POD.replace("1.28", "1.29"), 8, "nginx:1.29"),
        ("solution.sh", "kubectl run rose --image=nginx:1.29\n", 1, "nginx:1.29"),
        ("solution.sh", "kubectl run rose --image nginx:1.27\n", 1, "nginx:1.27"),
        ("right/other.sh", "\nkubectl set image pod/rose rose=nginx:1.29\n", 2, "nginx:1.29"),
        ("right/other.sh", """kubectl patch pod rose -p '[{"value": "nginx:1.29"}]'\n""", 1, "nginx:1.29"),
        ("wrong/image.sh", "# fails: image\n# says: nginx:1.29\nkubectl run a --image=nginx:1.29\n", 3, "nginx:1.29"),
        ("wrong/image.sh", "# fails: image\n# says: oops\nkubectl run a --image=nginx:1.82\n", 3, "nginx:1.82"),
    ],
)
def test_images_that_the_tutor_would_not_bring(
    course_dir: Path, rose: Path, nginx_129: None, file: str, text: str, line: int, image: str
) -> None:
    (rose / file).write_text(text)
    told = f"{ROSE}/{file}:{line}: the image {image} is not under images in exercise.yaml"
    assert any(each.startswith(told) for each in faults(course_dir))


def test_an_image_that_does_not_exist_on_purpose_is_named_where_it_is_told(course_dir: Path, rose: Path) -> None:
    (rose / "setup" / "bed.yaml").write_text(POD.replace("1.28", "1.82"))
    assert f"{ROSE}/setup/bed.yaml:8: the image nginx:1.82 is not under images in exercise.yaml" in ", ".join(
        faults(course_dir)
    )
    (rose / "debrief.md").write_text("There is no `nginx:1.82`.\n")
    assert faults(course_dir) == []


def test_ports_and_comments_are_no_images(course_dir: Path, rose: Path, nginx_129: None) -> None:
    (rose / "exercise.yaml").write_text(EXERCISE.replace('["nginx:1.28"]', '["nginx:1.28", "nginx:1.29"]'))
    (rose / "solution.sh").write_text(f"# not redis:7.4\n{AS_IT_WAS}wget redis:6379 http://nginx:80/redis:x\n")
    assert faults(course_dir) == []


@pytest.mark.parametrize("image", ["nginx", "nginx:latest", "reg:5000/nginx"])
def test_images_without_a_tag(course_dir: Path, rose: Path, image: str) -> None:
    (rose / "solution.sh").write_text(f"kubectl run rose --image={image}\n")
    assert f"{ROSE}/solution.sh:1: the image {image} has no tag of its own" in faults(course_dir)


def test_one_faulty_answer_hides_no_other(course_dir: Path, rose: Path) -> None:
    for name in ("image.sh", "name.sh"):
        (rose / "wrong" / name).write_text("kubectl cordon kind-worker2\n")
    (rose / "solution.sh").unlink()
    found = faults(course_dir)
    for name in ("image.sh", "name.sh"):
        assert any(each.startswith(f"{ROSE}/wrong/{name}:1: a wrong answer begins with one line") for each in found)
        assert any(each.startswith(f"{ROSE}/wrong/{name}:1: kind-worker2 is the name of a node") for each in found)
    assert any("there is no solution.sh" in each for each in found)


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("task.draft.md", "nothing reads this file, did you mean task.md?"),
        ("right/other.yml", "nothing reads this file: an answer ends in .sh or .yaml"),
        ("setup/bed.yml", "no step of the set-up applies this file"),
        ("setpu", "nothing reads this file, did you mean setup?"),
        ("solution.yaml", "there is a solution.sh too, and only that is run; move one to right/"),
    ],
)
def test_files_that_nothing_reads(course_dir: Path, rose: Path, file: str, told: str) -> None:
    (rose / file).write_text(POD)
    assert f"{ROSE}/{file}:1: {told}" in faults(course_dir)


@pytest.mark.parametrize(("file", "told"), [("task.md", "the file is empty"), ("debrief.md", "the file is empty")])
def test_texts_without_a_word(course_dir: Path, rose: Path, file: str, told: str) -> None:
    (rose / file).write_text("\n")
    assert f"{ROSE}/{file}:1: {told}" in faults(course_dir)


@pytest.mark.parametrize("first", ["", "---\n"])
def test_a_wrong_answer_may_be_a_manifest(course_dir: Path, rose: Path, first: str) -> None:
    (rose / "wrong" / "name.sh").unlink()
    (rose / "wrong" / "name.yaml").write_text(f"# fails: exists\n# says: rosa\n{first}{POD.replace('bed', 'rosa')}")
    assert faults(course_dir) == []
    (rose / "wrong" / "name.yaml").write_text(f"\n# fails: exists\n# says: rosa\n{POD}")
    assert any(each.startswith(f"{ROSE}/wrong/name.yaml:1: a wrong answer begins with") for each in faults(course_dir))


def test_answers_that_do_nothing(course_dir: Path, rose: Path) -> None:
    (rose / "solution.sh").write_text("# TODO\n")
    (rose / "right" / "manifest.yaml").unlink()
    (rose / "right" / "other.sh").write_text("\n")
    found = faults(course_dir)
    assert f"{ROSE}/solution.sh:1: the solution does nothing" in found
    assert f"{ROSE}/right/other.sh:1: the answer does nothing" in found


def test_a_learner_may_be_given_any_file(course_dir: Path, rose: Path) -> None:
    (rose / "files").mkdir()
    (rose / "files" / "backup.db").write_bytes(b"\xff\xfe")
    told = f"{ROSE}/files/backup.db:1: neither the task nor a hint names this file, so no learner looks at it"
    assert faults(course_dir) == [told]
    (rose / "task.md").write_text("Plant a rose from `backup.db`.\n")
    assert faults(course_dir) == []
    (rose / "files" / "node.txt").write_text("\nssh dev-control-plane\n")
    assert any(each.startswith(f"{ROSE}/files/node.txt:2: dev-control-plane is") for each in faults(course_dir))


NODE = "  - {id: file, title: A file, node: {role: %s}, file: {path: /etc/hosts}}\n"


@pytest.mark.parametrize(
    ("needs", "topology", "role", "told"),
    [
        ("containers", "pair", "worker", "a check of the type node needs nodes, and the exercise says containers"),
        ("nodes", "single", "worker", "the topology single has 0 nodes of the role worker"),
        ("nodes", "trio", "worker, index: 2", "the topology trio has 2 nodes of the role worker; index counts from 0"),
        ("ha", "single", "control-plane", "needs says ha, and the topology single has one control plane, write topo"),
        ("ha", "ha", "control-plane, index: 2", ""),
        ("nodes", "pair", "worker", ""),
    ],
)
def test_checks_on_nodes(course_dir: Path, rose: Path, needs: str, topology: str, role: str, told: str) -> None:
    text = EXERCISE.replace("needs: containers", f"needs: {needs}").replace("topology: single", f"topology: {topology}")
    (rose / "exercise.yaml").write_text(text + NODE % role)
    found = faults(course_dir)
    assert any(told in each for each in found) if told else found == []


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("node: {role: worker}", "the set-up changes a node, write needs: nodes"),
        ("node: {role: worker}", "the topology single has 0 nodes of the role worker"),
        ("node: {role: master}", "master"),
        ("node: {role: control-plane, index: -1}", "index"),
        ("node: {role: control-plane, taints: [dedicated]}", "a taint is written key=value:NoSchedule"),
        ("kubectl: [kubectl, get, pods]", "kubectl itself is not among its arguments, write kubectl: [get, pods]"),
        ("apply: bde.yaml", "there is no file setup/bde.yaml, did you mean bed.yaml?"),
        ("apply: ../task.md", "there is no file setup/../task.md"),
        ("wait: {object: {apiVersion: v1, kind: Pod, name: bed}, expect: {}, within: 5}", "within"),
        ("wait: {object: {apiVersion: v1, kind: Pod, name: bed}, expect: {sepc: {}}}", "did you mean spec?"),
        ("wait: {object: {apiVersion: v1, kind: Pdo, name: bed}, expect: {}}", "Pdo"),
    ],
)
def test_steps_of_the_setup(course_dir: Path, rose: Path, step: str, told: str) -> None:
    (rose / "exercise.yaml").write_text(f"{EXERCISE}setup:\n  - apply: bed.yaml\n  - {step}\n")
    found = faults(course_dir)
    assert any(each.startswith(f"{ROSE}/exercise.yaml:") and told in each for each in found), found


@pytest.mark.parametrize(("old", "new"), [("kind: Pod, name", "kind: Pdo, name"), ("apiVersion: v1", "apiVersion: v2")])
def test_checks_of_kinds_that_do_not_exist(course_dir: Path, rose: Path, old: str, new: str) -> None:
    (rose / "exercise.yaml").write_text(EXERCISE.replace(old, new, 1))
    found = faults(course_dir)
    assert any(each.startswith(f"{ROSE}/exercise.yaml:13: there is no") and "did you mean" in each for each in found)


def test_topologies_are_what_the_driver_makes() -> None:
    made = {name: {"control-plane": each.control_planes, "worker": each.workers} for name, each in TOPOLOGIES.items()}
    assert {str(name): nodes for name, nodes in NODES.items()} == made
