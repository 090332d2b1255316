/** Rows as a table for people, as CSV, and as JSON. */
import { textTable } from '../../src/report/table.js';
import { rounded, type Row } from './rows.js';

/** A number as a table shows it; a dash where there is none. */
function cell(value: number | null, suffix = ''): string {
  if (value === null) return '-';
  return `${value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)}${suffix}`;
}

/** PyTorch gets columns only when it took part. */
function hasTorch(rows: readonly Row[]): boolean {
  return rows.some((r) => 'torch' in r.contenders);
}

export function comparisonTable(rows: readonly Row[]): string {
  const torch = hasTorch(rows);
  const headers = [
    'workload',
    'Weft ms',
    'WebGPU peer',
    'ms',
    'ratio',
    'wasm peer',
    'ms',
    'ratio',
    ...(torch ? ['torch ms', 'ratio'] : []),
    'Weft MiB',
    'peer MiB',
    'first ms',
    'peer first',
  ];
  const lines = rows.map((r) => [
    r.workload,
    cell(r.weft_ms),
    r.best_webgpu_peer ?? '-',
    cell(r.best_webgpu_peer_ms),
    cell(r.webgpu_ratio, 'x'),
    r.best_wasm_peer ?? '-',
    cell(r.best_wasm_peer_ms),
    cell(r.wasm_ratio, 'x'),
    ...(torch
      ? [
          cell(r.torch_ms),
          cell(
            r.torch_ratio,
            r.torch_blas_is_tuned === true
              ? 'x'
              : r.torch_blas_is_tuned === null
                ? 'x (BLAS unknown)'
                : 'x (slow BLAS)',
          ),
        ]
      : []),
    cell(r.weft_rss_mb),
    cell(r.best_webgpu_peer_rss_mb),
    cell(r.weft_first_ms),
    cell(r.best_webgpu_peer_first_ms),
  ]);
  return textTable(
    headers,
    lines,
    headers.map((h) => (h === 'workload' || h.endsWith(' peer') ? 'left' : 'right')),
  );
}

/** One line under the table: the least ratios, because a claim must hold on every row. */
export function summary(rows: readonly Row[]): string {
  const least = (field: 'webgpu_ratio' | 'wasm_ratio' | 'rss_ratio'): string | null => {
    const found = rows.filter((r) => r[field] !== null).sort((a, b) => (a[field] as number) - (b[field] as number))[0];
    return found === undefined ? null : `${rounded(found[field] as number)}x (${found.workload})`;
  };
  const parts = [
    ['speed against the best WebGPU peer', least('webgpu_ratio')],
    ['against the best wasm peer', least('wasm_ratio')],
    ['memory of that WebGPU peer against Weft’s', least('rss_ratio')],
  ].flatMap(([what, value]) => (value === null ? [] : [`${what} ${value}`]));
  return parts.length === 0 ? '' : `least ratios: ${parts.join('; ')}`;
}

/** The plain columns: those whose values are no lists or objects. */
const COLUMNS = [
  'workload',
  'weft_ms',
  'best_webgpu_peer',
  'best_webgpu_peer_ms',
  'webgpu_ratio',
  'best_wasm_peer',
  'best_wasm_peer_ms',
  'wasm_ratio',
  'torch_ms',
  'torch_ratio',
  'torch_blas',
  'weft_rss_mb',
  'best_webgpu_peer_rss_mb',
  'rss_ratio',
  'weft_first_ms',
  'best_webgpu_peer_first_ms',
] as const satisfies readonly (keyof Row)[];

/** A header and a line per row; an empty field where there is no value. Names hold no commas. */
export function csv(rows: readonly Row[]): string {
  return `${[COLUMNS.join(','), ...rows.map((r) => COLUMNS.map((c) => r[c] ?? '').join(','))].join('\n')}\n`;
}

/** An array with one row per line. */
export function json(rows: readonly Row[]): string {
  return `[\n${rows.map((r) => JSON.stringify(r)).join(',\n')}\n]\n`;
}
