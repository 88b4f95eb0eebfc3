# make demo | make test start from nothing but make and Python 3.11 or later.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready
SYSTEM := $(VENV)/.system
INSTANCE ?= instances/xiamen
OUT ?= out/demo
TIME_LIMIT ?= 120
SEED ?= 1
WORKERS ?= 2

.PHONY: help demo test lint nightly mutants bench instances app screenshots docs/screenshots lock clean

help:  ## 列出可用目标 / list the targets
	@grep -hE '^[a-z/ ]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^[a-z/]+ ([a-z]+:)/\1/; s/:.*##/\t/' | expand -t 18

demo: $(READY)  ## 求解厦门样例并与现状比较 / solve Xiamen and compare with today
	@$(PY) -m realloc solve $(INSTANCE) --scope street --time-limit $(TIME_LIMIT) -o $(OUT)

test: lint $(SYSTEM)  ## 静态检查与全部测试 / static checks and all tests
	$(PY) -m pytest -n $(WORKERS)

lint: $(READY)  ## 静态检查 / static checks
	$(VENV)/bin/ruff check .
	$(VENV)/bin/basedpyright

nightly: $(READY) $(SYSTEM)  ## 长时测试 / the long tests
	$(PY) -m pytest -n $(WORKERS) -m "nightly and not timed"
	$(PY) -m pytest -m "nightly and timed"

mutants: $(READY)  ## 变异测试 / seeded faults that the tests must find
	$(PY) -m tests.mutants

bench: $(READY)  ## 基准测试 / benchmarks
	$(PY) -m benchmarks

instances: $(READY)  ## 重新生成样例城市 / build the sample cities again
	for name in reference district xiamen; do \
		$(PY) -m realloc generate $$name --seed $(SEED) -o instances/$$name --overwrite; done

app: $(READY)  ## 打开网页界面 / open the app
	$(PY) -m realloc app

docs/screenshots screenshots: $(READY) $(SYSTEM)  ## 重新截取界面图 / take the pictures of the app again
	$(PY) -m docs.screenshots

lock: $(READY)  ## 更新锁定文件 / resolve the dependencies again
	$(PY) -m pip install --quiet uv
	$(VENV)/bin/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
		--upgrade --quiet --output-file requirements.lock
	! grep -nE '://|^-' requirements.lock

clean:  ## 删除环境与产出 / remove the environment and what was made
	rm -rf $(VENV) out build dist .pytest_cache .ruff_cache .hypothesis

# A first solve compiles what searches, so that no later one has to.
$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo '需要 Python 3.11 或更高版本 / Python 3.11 or later is needed' >&2; exit 1; }
	@echo '安装依赖并编译,约一分钟 / installing and compiling, about a minute' >&2
	@$(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install -qq --require-hashes --only-binary :all: -r requirements.lock
	@$(PY) -m pip install -qq --no-deps --no-build-isolation --editable .
	@$(PY) -m realloc solve instances/reference --time-limit 60 --gap 0.02 --json -o $(VENV)/compiled >/dev/null
	@touch $@

# A browser and a Chinese font, for the tests and the pictures of the app.
$(SYSTEM): $(READY)
	@missing=(); \
	command -v chromium chromium-browser google-chrome >/dev/null || missing+=(chromium); \
	[ -n "$$(ls -d /usr/share/fonts/opentype/noto/NotoSansCJK* 2>/dev/null)" ] || missing+=(fonts-noto-cjk); \
	root=(); [ "$$(id -u)" = 0 ] || root=(sudo); \
	if [ $${#missing[@]} = 0 ]; then :; \
	elif ! command -v apt-get >/dev/null; then \
		echo "未自动安装 $${missing[*]}:本机不是 Debian / not installed, this is not Debian: $${missing[*]}" >&2; \
	elif [ "$$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then \
		echo "未自动安装 $${missing[*]}:需要管理员权限 / not installed, root is needed: $${missing[*]}" >&2; \
	else \
		"$${root[@]}" apt-get update -qq; \
		DEBIAN_FRONTEND=noninteractive "$${root[@]}" apt-get install -y -qq --no-install-recommends "$${missing[@]}" >/dev/null; \
	fi
	@touch $@
