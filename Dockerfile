# The environment in which the claims are judged, on processors alone. The checkout is a part of the image and is
# only read; everything that is written goes to /results, so mount a folder there:
#
#   docker build --tag modularity-claims .
#   docker run --rm --volume "$PWD/results:/results" modularity-claims --tier audit
FROM python:3.11-slim-bookworm

RUN apt-get update \
 && apt-get install --yes --no-install-recommends git \
 && rm --recursive --force /var/lib/apt/lists/*

# PyTorch's own index has builds without CUDA; packages that it lacks come from the default index.
ARG PYTORCH_INDEX=""
COPY . /project
WORKDIR /project
RUN python -m pip install --no-cache-dir ${PYTORCH_INDEX:+--extra-index-url "$PYTORCH_INDEX"} \
      --constraint constraints.txt --editable . \
 && git config --system --add safe.directory /project

RUN useradd --create-home reviewer && install --directory --owner=reviewer /results
USER reviewer
ENV NUMBA_CACHE_DIR=/tmp/numba MPLCONFIGDIR=/tmp/matplotlib PYTHONDONTWRITEBYTECODE=1
VOLUME /results
ENTRYPOINT ["python", "-m", "repro", "run", "--store", "/results/runs", "--out", "/results/claims"]
