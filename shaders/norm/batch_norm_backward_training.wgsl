// dx = weight / std * (dy - (dbias + xhat * dweight) / M), xhat = (x - mean) / std, M numbers in a channel, and
// dweight, dbias (C), from parts of their sums (slots, 2, row). The idea that it adds to norm/affine_total.wgsl and
// norm/batch_norm_backward_input.wgsl: every workgroup adds up the parts of its channel itself, as in
// norm/batch_norm_training.wgsl. All come to the same numbers; one of them writes them where they belong.
struct Params {
  walk: Walk,
  eps: f32,
  weight_stride: u32, // 1; 0 where the layer has none and a single 1 is bound
  row: u32, // elements from dweight to dbias in `parts`
  share: f32, // 1 / M
  slots: u32,
}
@group(0) @binding(0) var<storage, read> dy: array<E>;
@group(0) @binding(1) var<storage, read> x: array<E>;
@group(0) @binding(2) var<storage, read> mean: array<Total>;
@group(0) @binding(3) var<storage, read> variance: array<Total>;
@group(0) @binding(4) var<storage, read> weight: array<Total>;
@group(0) @binding(5) var<storage, read> parts: array<Total>;
@group(0) @binding(6) var<storage, read> y: array<E>; // (N, C, P), after the relu; anything when not RELU
@group(0) @binding(7) var<storage, read_write> dx: array<E>;
@group(0) @binding(8) var<storage, read_write> dweight: array<Total>;
@group(0) @binding(9) var<storage, read_write> dbias: array<Total>;
@group(0) @binding(10) var<uniform> params: Params;

struct Sums {
  w: Total,
  b: Total,
}
var<workgroup> partial: array<Sums, THREADS>;

// Of the whole channel c; the channel's threads share its slots.
fn whole_channel(C: u32, c: u32, lane: u32) -> Sums {
  var all = Sums();
  for (var slot = lane / CHANNELS; slot < params.slots && c < C; slot += THREADS / CHANNELS) {
    all.w += parts[2 * slot * params.row + c];
    all.b += parts[(2 * slot + 1) * params.row + c];
  }
  partial[lane] = all;
  var width = THREADS;
  while (width > CHANNELS) {
    let next = max(width / 8, CHANNELS); // eight at a time: barriers cost more than sums
    workgroupBarrier();
    for (var i = lane + next; i < width && lane < next; i += next) {
      partial[lane].w += partial[i].w;
      partial[lane].b += partial[i].b;
    }
    width = next;
  }
  workgroupBarrier();
  return partial[lane % CHANNELS];
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let walk = params.walk;
  let k = linear_workgroup(workgroup, grid);
  let at = first_place(walk, k, lane);
  let c = min(at.c, walk.C - 1);
  let sums = whole_channel(walk.C, c, lane);
  if (lane < CHANNELS && at.c < walk.C && walk.slot + k % walk.splits == 0) {
    dweight[c] = sums.w;
    dbias[c] = sums.b;
  }
  let rstd = 1 / sqrt(variance[c] + params.eps);
  let slope = sums.w * params.share * rstd;
  let scale = weight[c * params.weight_stride] * rstd;
  write_gradient(walk, at, scale, V(sums.b * params.share), V(mean[c]), slope);
}
