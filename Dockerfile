# The app and the command line; the graph lives in the embedded store of the volume, or in Neo4j (CROWNPATH_STORE).
FROM python:3.11-slim
RUN apt-get update && apt-get install --yes --no-install-recommends git && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home --uid 10001 crownpath
WORKDIR /opt/crownpath
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY collectors collectors
COPY graph graph
COPY queries queries
COPY app app
RUN pip install --no-cache-dir --constraint constraints.txt . && python -m compileall -q /usr/local/lib/python3.11
USER crownpath
ENV CROWNPATH_HOME=/home/crownpath/data
VOLUME /home/crownpath/data
ENTRYPOINT ["crownpath"]
CMD ["--help"]
