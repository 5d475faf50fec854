"""The recipes of docs/recipes as tests read them, and the shapes that their YAML must have.

The shapes hold the few fields that the recipes use, with the names and types of Kubernetes and of GitHub's workflows:
a field that is not listed is a mistake, or a line that is missing here.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]  # it comes with OmegaConf, untyped

ROOT = Path(__file__).parents[1]
RECIPES = ROOT / "docs" / "recipes"
PAGES = sorted(RECIPES.glob("*.md"))
MANIFESTS = sorted((RECIPES / "kubernetes").glob("*.yaml"))
WORKFLOWS = [ROOT / ".github" / "workflows" / "ci.yml", *sorted((RECIPES / "github-actions").glob("*.yml"))]

Shape = dict[str, Any]
_TEXT: Shape = {"type": "string", "minLength": 1}
_FLAG: Shape = {"type": "boolean"}
_COUNT: Shape = {"type": "integer", "minimum": 0}
_QUANTITY: Shape = {"type": "string", "pattern": r"^[0-9]+(m|Mi|Gi)?$"}
_NAME: Shape = {"type": "string", "pattern": r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "maxLength": 52}


def _record(fields: Mapping[str, Shape], *, required: str = "") -> Shape:
    return {"type": "object", "properties": dict(fields), "additionalProperties": False, "required": required.split()}


def _many(item: Shape) -> Shape:
    return {"type": "array", "items": item, "minItems": 1}


def _mapping(value: Shape) -> Shape:
    return {"type": "object", "additionalProperties": value, "minProperties": 1}


def _either(**forms: Shape) -> Shape:
    """Return the shape of a mapping with exactly one of these fields, beside `name`."""
    return {"oneOf": [_record({"name": _NAME, field: form}, required=f"name {field}") for field, form in forms.items()]}


_CONTAINER = _record(
    {
        "name": _NAME,
        "image": {"type": "string", "pattern": r":[0-9][\w.]*$"},
        "command": _many(_TEXT),
        "args": _many(_TEXT),
        "resources": _record(
            {"requests": _mapping(_QUANTITY), "limits": _mapping(_QUANTITY)}, required="requests limits"
        ),
        "securityContext": _record(
            {
                "allowPrivilegeEscalation": {"const": False},
                "readOnlyRootFilesystem": {"const": True},
                "capabilities": _record({"drop": {"const": ["ALL"]}}, required="drop"),
            },
            required="allowPrivilegeEscalation readOnlyRootFilesystem capabilities",
        ),
        "volumeMounts": _many(
            _record(
                {"name": _NAME, "mountPath": {"type": "string", "pattern": "^/"}, "readOnly": _FLAG},
                required="name mountPath",
            )
        ),
    },
    required="name image resources securityContext volumeMounts",
)
_POD = _record(
    {
        "restartPolicy": {"const": "Never"},
        "activeDeadlineSeconds": _COUNT,
        "automountServiceAccountToken": {"const": False},
        "securityContext": _record(
            {
                "runAsNonRoot": {"const": True},
                "runAsUser": _COUNT,
                "runAsGroup": _COUNT,
                "fsGroup": _COUNT,
                "seccompProfile": _record({"type": {"const": "RuntimeDefault"}}, required="type"),
            },
            required="runAsNonRoot runAsUser fsGroup seccompProfile",
        ),
        "containers": {**_many(_CONTAINER), "maxItems": 1},
        "volumes": _many(
            _either(
                configMap=_record({"name": _NAME}, required="name"),
                secret=_record(
                    {"secretName": _NAME, "defaultMode": {"const": 0o440}}, required="secretName defaultMode"
                ),
                persistentVolumeClaim=_record({"claimName": _NAME}, required="claimName"),
                emptyDir=_record({}),
            )
        ),
    },
    required="restartPolicy automountServiceAccountToken securityContext containers volumes",
)
_CODES = _record(
    {"containerName": _NAME, "operator": {"enum": ["In", "NotIn"]}, "values": _many(_COUNT)},
    required="containerName operator values",
)
_RULE: Shape = {
    "oneOf": [
        _record(
            {"action": {"enum": ["FailJob", "FailIndex", "Count"]}, "onExitCodes": _CODES},
            required="action onExitCodes",
        ),
        _record(
            {"action": {"const": "Ignore"}, "onPodConditions": _many(_record({"type": _TEXT}, required="type"))},
            required="action onPodConditions",
        ),
    ]
}
_JOB = _record(
    {
        "completionMode": {"enum": ["Indexed", "NonIndexed"]},
        "completions": _COUNT,
        "parallelism": _COUNT,
        "backoffLimit": _COUNT,
        "backoffLimitPerIndex": _COUNT,
        "activeDeadlineSeconds": _COUNT,
        "ttlSecondsAfterFinished": _COUNT,
        "podFailurePolicy": _record({"rules": _many(_RULE)}, required="rules"),
        "template": _record({"spec": _POD}, required="spec"),
    },
    required="activeDeadlineSeconds template",
)
_CRON_JOB = _record(
    {
        "schedule": _TEXT,
        "timeZone": _TEXT,
        "concurrencyPolicy": {"enum": ["Allow", "Forbid", "Replace"]},
        "startingDeadlineSeconds": _COUNT,
        "successfulJobsHistoryLimit": _COUNT,
        "failedJobsHistoryLimit": _COUNT,
        "jobTemplate": _record({"spec": _JOB}, required="spec"),
    },
    required="schedule timeZone concurrencyPolicy jobTemplate",
)
_CLAIM = _record(
    {
        "accessModes": _many({"enum": ["ReadWriteOnce", "ReadWriteMany"]}),
        "resources": _record({"requests": _record({"storage": _QUANTITY}, required="storage")}, required="requests"),
    },
    required="accessModes resources",
)


def _object(version: str, part: str, shape: Shape) -> Shape:
    fields = {"apiVersion": {"const": version}, "kind": _TEXT, "metadata": _record({"name": _NAME}, required="name")}
    return _record({**fields, part: shape}, required=f"apiVersion kind metadata {part}")


KUBERNETES: Mapping[str, Shape] = {
    "ConfigMap": _object("v1", "data", _mapping(_TEXT)),
    "PersistentVolumeClaim": _object("v1", "spec", _CLAIM),
    "Pod": _object("v1", "spec", _POD),
    "Job": _object("batch/v1", "spec", _JOB),
    "CronJob": _object("batch/v1", "spec", _CRON_JOB),
}
"""The shape of each kind of object that the recipes have. A Secret is none of them."""

_STEP: Shape = {
    "type": "object",
    "properties": {
        "name": _TEXT,
        "if": _TEXT,
        "uses": {"type": "string", "pattern": r"^actions/[a-z-]+@v[0-9]+$"},
        "with": {"type": "object"},
        "run": _TEXT,
        "shell": {"const": "python"},
        "env": _mapping(_TEXT),
    },
    "additionalProperties": False,
    "oneOf": [{"required": ["uses"]}, {"required": ["run", "name"]}],
}
WORKFLOW: Shape = _record(
    {
        "name": _TEXT,
        "on": _record(
            {
                "push": _record({"branches": _many(_TEXT)}, required="branches"),
                "pull_request": {"type": "null"},
                "workflow_dispatch": {"type": "null"},
                "schedule": _many(_record({"cron": _TEXT}, required="cron")),
            }
        ),
        "permissions": {"const": {"contents": "read"}},
        "concurrency": _record({"group": _TEXT, "cancel-in-progress": {}}, required="group cancel-in-progress"),
        "jobs": _mapping(
            _record(
                {
                    "name": _TEXT,
                    "runs-on": _TEXT,
                    "timeout-minutes": {"type": "integer", "minimum": 1, "maximum": 60},
                    "strategy": _record(
                        {
                            "fail-fast": _FLAG,
                            "matrix": _record({"include": _many(_mapping(_TEXT))}, required="include"),
                        },
                        required="matrix",
                    ),
                    "services": _mapping(
                        _record(
                            {"image": _TEXT, "env": _mapping(_TEXT), "ports": _many(_TEXT), "options": _TEXT},
                            required="image ports options",
                        )
                    ),
                    "env": _mapping(_TEXT),
                    "steps": _many(_STEP),
                },
                required="runs-on timeout-minutes steps",
            )
        ),
    },
    required="name on permissions jobs",
)


def documents(path: Path) -> list[dict[str, Any]]:
    """Return the YAML documents of a file; the key `on` of a workflow, a boolean in YAML 1.1, is a text again."""
    found = list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    return [{"on" if key is True else key: value for key, value in each.items()} for each in found]


def objects() -> dict[tuple[str, str], dict[str, Any]]:
    """Return the Kubernetes objects of the recipes, by kind and name."""
    return {(each["kind"], each["metadata"]["name"]): each for path in MANIFESTS for each in documents(path)}


def pod_of(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return the pod's specification of a Pod, a Job or a CronJob."""
    spec: dict[str, Any] = manifest["spec"]
    spec = spec["jobTemplate"]["spec"] if "jobTemplate" in spec else spec
    return spec["template"]["spec"] if "template" in spec else spec


def blocks(page: Path, language: str) -> list[str]:
    """Return the fenced blocks of a page that are in this language."""
    parts = page.read_text(encoding="utf-8").split("```")
    return [part.removeprefix(f"{language}\n") for part in parts[1::2] if part.startswith(f"{language}\n")]
