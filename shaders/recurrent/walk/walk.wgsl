// What the members share that walk a whole sequence in one launch on GPUs, for H a multiple of 4. Samples do not know
// of each other: a workgroup takes ROWS samples of one direction from the first step to the last, all of their units,
// and keeps h and c to itself. Arrays of all steps are in the order of time; a direction that runs backwards reads and
// writes them from their end.
struct Params {
  N: u32,
  steps: u32,
  directions: u32,
  w_stride: u32, // from direction to direction, in vec4s
  w_gate: u32, // from gate to gate: H * H4
  bias_stride: u32,
  gates_stride: u32, // of arrays (T, N, gates H)
  state_stride: u32, // of arrays (T, N, H)
}

override HAS_STATE: bool = false; // there are states before the first step; else they are zeros
const H = 128u;
const ROWS = 1u; // samples of a workgroup
const PARTS = 4u; // of the depth of the product, each of which a thread of its own adds up; a power of two
const LANES = 64u; // threads beside each other, each with sums of its own
const THREADS = LANES * PARTS;
const CELLS = (ROWS * H + THREADS - 1) / THREADS; // of a thread: cell i is unit i % H of sample i / H
const H4 = H / 4;

struct Place {
  direction: u32,
  first: u32, // the first sample
  rows: u32, // samples there are
}

fn place(workgroup: u32) -> Place {
  let groups = (params.N + ROWS - 1) / ROWS;
  let first = workgroup % groups * ROWS;
  return Place(workgroup / groups, first, min(ROWS, params.N - first));
}

// When a direction makes its step.
fn time_of(step: u32, direction: u32) -> u32 {
  return select(step, params.steps - 1 - step, direction == 1);
}
