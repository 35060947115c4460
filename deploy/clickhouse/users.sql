-- The database of ngflow on a ClickHouse server, and who may use it. Run it once, as an administrator:
--   clickhouse-client --multiquery < users.sql
-- For a cluster, run it on every server.
-- Change both passwords first.

CREATE DATABASE IF NOT EXISTS ngflow;

-- ngflow itself: everything within its database, and to read what the server says of its tables and disks.
CREATE USER IF NOT EXISTS ngflow IDENTIFIED WITH sha256_password BY 'change me';
GRANT SELECT, INSERT, ALTER, CREATE TABLE, DROP TABLE, TRUNCATE, OPTIMIZE, CHECK ON ngflow.* TO ngflow;
GRANT CREATE TEMPORARY TABLE ON *.* TO ngflow;
-- For a cluster only: changes on all servers, and reading from them.
GRANT CLUSTER, REMOTE ON *.* TO ngflow;
GRANT SYSTEM SYNC REPLICA ON ngflow.* TO ngflow;
GRANT SELECT ON system.clusters TO ngflow;
GRANT SELECT ON system.macros TO ngflow;
GRANT SELECT ON system.replicas TO ngflow;
GRANT SELECT ON system.columns TO ngflow;
GRANT SELECT ON system.data_skipping_indices TO ngflow;
GRANT SELECT ON system.data_type_families TO ngflow;
GRANT SELECT ON system.detached_parts TO ngflow;
GRANT SELECT ON system.disks TO ngflow;
GRANT SELECT ON system.storage_policies TO ngflow;
GRANT SELECT ON system.functions TO ngflow;
GRANT SELECT ON system.merge_tree_settings TO ngflow;
GRANT SELECT ON system.parts TO ngflow;
GRANT SELECT ON system.processes TO ngflow;
GRANT SELECT ON system.tables TO ngflow;
GRANT KILL QUERY ON *.* TO ngflow;

-- People and dashboards: they read, within limits.
CREATE SETTINGS PROFILE IF NOT EXISTS ngflow_reader
  SETTINGS readonly = 1, max_execution_time = 60, max_memory_usage = 4000000000, max_result_rows = 1000000;
CREATE USER IF NOT EXISTS ngflow_reader IDENTIFIED WITH sha256_password BY 'change me, too'
  SETTINGS PROFILE 'ngflow_reader';
GRANT SELECT ON ngflow.* TO ngflow_reader;
CREATE QUOTA IF NOT EXISTS ngflow_reader
  FOR INTERVAL 1 hour MAX queries = 2000, execution_time = 1800 TO ngflow_reader;
