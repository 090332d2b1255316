// dweight[c] = sum of dy * xhat, dbias[c] = sum of dy over n and p; xhat = (x - mean) / std, x (N, C, P). sums (slots,
// 2, row). With BATCH mean and variance are a channel's (batch_norm), else mean and 1 / std are those of an image's
// group of channels (group_norm; layer_norm, where P = 1 and all channels are one group). With RELU dy is the gradient
// of max(y, 0): it counts where y is not 0. With KEEP what counts is also written: a residual's gradient is just that.
// A workgroup sums a part of one channel (see norm/channel_walk.wgsl), in blocks: long sums stay accurate.
struct Params {
  walk: Walk,
  row: u32, // elements from dweight to dbias: C rounded up
  eps: f32,
  first_n: u32, // number of the window's first image in the whole tensor
  groups: u32,
  group_channels: u32, // C / groups
}
@group(0) @binding(0) var<storage, read> dy: array<E>;
@group(0) @binding(1) var<storage, read> x: array<E>;
@group(0) @binding(2) var<storage, read> mean: array<Total>;
@group(0) @binding(3) var<storage, read> spread: array<Total>; // BATCH: variance; else 1 / std
@group(0) @binding(4) var<storage, read> y: array<E>; // (N, C, P), after the relu; anything when not RELU
@group(0) @binding(5) var<storage, read_write> sums: array<Total>;
@group(0) @binding(6) var<storage, read_write> counting: array<E>; // (N, C, P); anything when not KEEP
@group(0) @binding(7) var<uniform> params: Params;

override BATCH: bool = true;
override RELU: bool = false;
override KEEP: bool = false;
const BLOCK = 64u;

struct Sums {
  w: Total,
  b: Total,
}
var<workgroup> partial: array<Sums, THREADS>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let walk = params.walk;
  let k = linear_workgroup(workgroup, grid);
  var at = first_place(walk, k, lane);
  let group = at.c / params.group_channels;
  var center = Total();
  var rstd = Total(1);
  if (BATCH && at.r < at.end) {
    center = mean[at.c];
    rstd = 1 / sqrt(spread[at.c] + params.eps);
  }
  var dweight = V();
  var dbias = V();
  while (at.r < at.end) {
    var block_w = V();
    var block_b = V();
    for (var i = 0u; i < BLOCK && at.r < at.end; i++) {
      if (!BATCH) {
        let row = (params.first_n + at.n) * params.groups + group;
        center = mean[row];
        rstd = spread[row];
      }
      let e = element(walk, at);
      var d = V(dy[e]);
      if (RELU) {
        d = where_passed(V(y[e]), d);
      }
      if (KEEP) {
        counting[e] = E(d);
      }
      block_w += d * ((V(x[e]) - V(center)) * rstd);
      block_b += d;
      at = next_place(walk, at);
    }
    dweight += block_w;
    dbias += block_b;
  }

  partial[lane] = Sums(total(dweight), total(dbias));
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
  if (lane < CHANNELS && at.c < walk.C) {
    let slot = (walk.slot + k % walk.splits) * 2;
    sums[slot * params.row + at.c] = partial[lane].w;
    sums[(slot + 1) * params.row + at.c] = partial[lane].b;
  }
}
