// What conv2d/weight_sum.wgsl makes, where results are few and parts many, as of an early layer: DEPTH threads share a
// result's parts, so that a card has enough loads under way and no thread walks hundreds of parts alone. They are added
// in the same order every time. For GPUs.
@group(0) @binding(0) var<storage, read> parts: array<V>;
@group(0) @binding(1) var<storage, read> bias_parts: array<V>;
@group(0) @binding(2) var<storage, read_write> dw: array<V>;
@group(0) @binding(3) var<storage, read_write> dbias: array<V>;
@group(0) @binding(4) var<uniform> params: Params;

alias V = f32; // vec4f where both come in whole fours

struct Params {
  splits: u32,
  weights: u32,
  biases: u32,
}

const THREADS = 256u;
const DEPTH = 8u; // a power of 2
const COLUMNS = THREADS / DEPTH; // results of a workgroup, neighbours
var<workgroup> shared_sums: array<V, THREADS>;

// Of result i the parts from `first` on, each DEPTH-th.
fn sum_from(i: u32, first: u32) -> V {
  var sum = V();
  if (i < params.weights) {
    for (var s = first; s < params.splits; s += DEPTH) {
      sum += parts[s * params.weights + i];
    }
  } else if (i < params.weights + params.biases) {
    for (var s = first; s < params.splits; s += DEPTH) {
      sum += bias_parts[s * params.biases + i - params.weights];
    }
  }
  return sum;
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * COLUMNS + lane % COLUMNS;
  shared_sums[lane] = sum_from(i, lane / COLUMNS);
  for (var half = THREADS / 2; half >= COLUMNS; half /= 2) {
    workgroupBarrier();
    if (lane < half) {
      shared_sums[lane] += shared_sums[lane + half];
    }
  }
  if (lane >= COLUMNS) {
    return;
  }
  if (i < params.weights) {
    dw[i] = shared_sums[lane];
  } else if (i < params.weights + params.biases) {
    dbias[i - params.weights] = shared_sums[lane];
  }
}
