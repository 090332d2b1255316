/** The rungs: a file each, the one idea that it adds, and how it is launched. */

/** Workgroups for tiles of rows x columns. */
const tiles = (rows, columns) => (m, n) => Math.ceil(m / rows) * Math.ceil(n / columns);

/**
 * `file`: in ladder/, or `exercise`: the reader's. `bytes`: what a kernel asks of memory for one multiply-add, on the
 * way to registers; K and the sizes are taken as large.
 */
export const RUNGS = [
  {
    name: 'naive',
    idea: 'a thread makes an element',
    file: 'ladder/1_naive.wgsl',
    workgroups: (m, n) => Math.ceil((m * n) / 64),
    bytes: 8,
  },
  {
    name: 'coalesced',
    idea: 'neighbours read neighbours',
    exercise: 'coalesced',
    workgroups: (m, n) => Math.ceil((m * n) / 64),
    bytes: 4 + 4 / 64, // 64 threads beside each other share an element of a
  },
  {
    name: 'tiled',
    idea: 'a tile of both in workgroup memory',
    exercise: 'tiled',
    workgroups: tiles(16, 16),
    bytes: 8 / 16,
  },
  {
    name: 'register_tile',
    idea: '4 x 4 results a thread',
    exercise: 'register_tile',
    workgroups: tiles(64, 64),
    bytes: 8 / 64,
  },
  {
    name: 'vec4',
    idea: 'four numbers a load',
    file: 'ladder/5_vec4.wgsl',
    workgroups: tiles(64, 64),
    bytes: 8 / 64,
  },
  {
    name: 'subgroup_broadcast',
    idea: 'lanes tell each other, no workgroup memory',
    file: 'ladder/6_subgroup_broadcast.wgsl',
    needsLanes: true,
    workgroups: tiles(8, 64),
    bytes: 4 / 8 + 4 / 64,
  },
];
