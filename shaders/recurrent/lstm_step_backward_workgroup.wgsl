// The gradient of one step of an LSTM layer, as in recurrent/lstm_step_backward_naive.wgsl, for GPUs. H of any size.
//
// A workgroup makes ROWS samples x UNITS units, a thread four samples of one unit. What it adds to the naive version:
// rows of w_hh and of the gradients after are brought to shared memory in steps of TILE_K and read there by all of the
// tile; the sums stay in registers until the cell.
alias V = f32;
@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read_write> dgates: array<f32>;
@group(0) @binding(2) var<storage, read> gates: array<f32>;
@group(0) @binding(3) var<storage, read> c: array<f32>;
@group(0) @binding(4) var<storage, read> dy: array<f32>;
@group(0) @binding(5) var<storage, read_write> dc: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

// dgates[sample, k] of the step after.
fn load_v(sample: u32, k: u32) -> f32 {
  return dgates[params.gates_at + (params.N + sample) * 4 * params.H + k];
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
  let sum = product_backward(first_sample, first_unit, thread);
  let j = first_unit + thread % UNITS;
  let sample = first_sample + thread / UNITS * 4;
  if (j >= H) {
    return;
  }
  for (var s = 0u; s < min(4u, N - min(N, sample)); s++) {
    let n = sample + s;
    let unit = n * H + j;
    let at = params.gates_at + n * 4 * H + j;
    let previous = params.state_at + unit;
    let dh = sum[s] + dy[params.dy_at + unit];
    let d = cell_backward(dh, dc[unit], gates[at], gates[at + H], gates[at + 2 * H], gates[at + 3 * H], c[previous],
        c[previous + N * H]);
    dgates[at] = d.di;
    dgates[at + H] = d.df;
    dgates[at + 2 * H] = d.dg;
    dgates[at + 3 * H] = d.do_;
    dc[unit] = d.dc_prev;
  }
}
