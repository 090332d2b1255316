// What the recurrent kernels share that walk a whole sequence in one launch, for H a multiple of 4. Samples do not know
// of each other: a workgroup, one subgroup of S lanes, takes ROWS samples of one direction from the first step to the
// last. A lane owns every S-th vec4 of units (tile i: units 4 (S i + lane) .. + 3) and reads at the next step only what
// it has made itself, so that nobody waits at a barrier; the others get it by shuffles.
struct Params {
  N: u32,
  H: u32,
  steps: u32,
  directions: u32,
  w_stride: u32, // from direction to direction, in vec4s
  gates_stride: u32, // of arrays of 4H, or of H for a plain layer
  state_stride: u32,
  sums_stride: u32, // of arrays of 3H (GRU)
  dy_row: u32, // vec4s of one sample in dy, in which the directions lie side by side; forward, of one in x
  bias_stride: u32,
}

const S = 8u; // lanes of a subgroup
const ROWS = 16u; // samples of a workgroup
const TILES = 4u; // at least H / (4 S), rounded up
alias Rows = array<vec4f, ROWS>; // four units of each sample

struct Place {
  direction: u32,
  first: u32, // the first sample
  rows: u32, // samples there are: 0 beside the grid
}

fn place(workgroup: u32) -> Place {
  let groups = (params.N + ROWS - 1) / ROWS;
  let first = workgroup % groups * ROWS;
  let direction = workgroup / groups;
  return Place(direction, first, select(0u, min(ROWS, params.N - first), direction < params.directions));
}

// Four vec4s of w_hh, `pitch` apart; zero where the lane has no unit.
fn load_w(at: u32, pitch: u32, exists: bool) -> mat4x4f {
  var v = mat4x4f();
  if (exists) {
    for (var i = 0u; i < 4; i++) {
      v[i] = w[at + i * pitch];
    }
  }
  return v;
}
