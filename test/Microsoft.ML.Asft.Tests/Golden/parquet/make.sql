-- Parquet files as DuckDB writes them, run in this folder. They are read back by ParquetTests.
COPY (SELECT * FROM (VALUES
  ('Name a colour.', 'Blue.', 1, 0.5::DOUBLE, true, DATE '2024-07-26'),
  ('Name a number.', 'Sept é 😀', 2, NULL, NULL, NULL)) t(instruction, response, id, score, kept, day))
TO 'flat.parquet' (FORMAT parquet, COMPRESSION snappy);

COPY (SELECT * FROM (VALUES
  ([{'role': 'user', 'content': 'Hi', 'weight': NULL::INT, 'tool_calls': NULL::STRUCT(function STRUCT(name TEXT, arguments TEXT))[]},
    {'role': 'assistant', 'content': 'Ho', 'weight': 0, 'tool_calls': []},
    {'role': 'user', 'content': 'And?', 'weight': NULL, 'tool_calls': NULL},
    {'role': 'assistant', 'content': NULL, 'weight': 1, 'tool_calls': [{'function': {'name': 'tide', 'arguments': '{"quay": 4}'}}]}],
   ['a', NULL, '']),
  ([], NULL),
  (NULL, [])) t(messages, tags))
TO 'nested.parquet' (FORMAT parquet, COMPRESSION zstd);

COPY (SELECT 'q' || i AS prompt, 'a' || i AS completion FROM range(5000) t(i))
TO 'groups.parquet' (FORMAT parquet, ROW_GROUP_SIZE 2048);
