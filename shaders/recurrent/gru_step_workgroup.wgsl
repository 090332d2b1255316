// One step of a GRU layer, as in recurrent/gru_step_naive.wgsl, for GPUs. H of any size.
//
// A workgroup makes ROWS samples x UNITS units, a thread four samples of one unit. What it adds to the naive version:
// rows of w_hh and of h are brought to shared memory in steps of TILE_K and read there by all of the tile; the sums
// stay in registers until the cell.
alias V = f32;
@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read> sums: array<f32>;
@group(0) @binding(3) var<storage, read_write> gates: array<f32>;
@group(0) @binding(4) var<storage, read_write> h: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

const GATES = 3u;

// h_prev[sample, k].
fn load_v(sample: u32, k: u32) -> f32 {
  return h[params.state_at + sample * params.H + k];
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let N = params.N;
  let H = params.H;
  let tiles_h = (H + UNITS - 1) / UNITS;
  let tile = linear_workgroup(workgroup, grid);
  let first_unit = (tile % tiles_h) * UNITS;
  let first_sample = (tile / tiles_h) * ROWS;
  if (first_sample >= N) {
    return;
  }
  let sum = product(first_sample, first_unit, thread);
  let j = first_unit + thread % UNITS;
  let sample = first_sample + thread / UNITS * 4;
  if (j >= H) {
    return;
  }
  for (var s = 0u; s < min(4u, N - min(N, sample)); s++) {
    let n = sample + s;
    let at_sums = params.sums_at + n * 3 * H + j;
    let previous = params.state_at + n * H + j;
    let z = sum[s].xyz + vec3f(bias[j], bias[H + j], bias[2 * H + j]);
    let made = cell(z.x + sums[at_sums], z.y + sums[at_sums + H], sums[at_sums + 2 * H], z.z, h[previous]);
    let at = params.gates_at + n * 4 * H + j;
    gates[at] = made.r;
    gates[at + H] = made.z;
    gates[at + 2 * H] = made.n;
    gates[at + 3 * H] = z.z;
    h[previous + N * H] = made.h;
  }
}
