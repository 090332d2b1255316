// Batch normalisation by the batch's own statistics, from partial moments (slots, 4, C) of x (N, C, P):
//   mean[c], variance[c] = m2 / n (biased) of the whole channel,
//   y = (x - mean) / sqrt(variance + eps) * weight + bias, and what follows (norm/normalised.wgsl).
// With TRACK also running_mean = (1 - f) running_mean + f mean, running_var = (1 - f) running_var + f m2 / (n - 1)
// (unbiased), batches = batches + 1. The idea that it adds to norm/batch_norm_statistics.wgsl and norm/batch_norm.wgsl:
// every workgroup puts the moments of its channel together itself, a few dozen numbers that lie in the caches, so that
// no launch has to wait for one that does only this. All come to the same numbers; one of them writes them down.
struct Params {
  walk: Walk,
  eps: f32,
  weight_stride: u32, // 1; 0 where the layer has none and a single 1 is bound
  bias_stride: u32,
  slots: u32,
  momentum: f32, // f
  row: u32, // elements from mean to variance in `statistics`
}
@group(0) @binding(0) var<storage, read> x: array<E>;
@group(0) @binding(1) var<storage, read> partial: array<Total>;
@group(0) @binding(2) var<storage, read> weight: array<Total>;
@group(0) @binding(3) var<storage, read> bias: array<Total>;
@group(0) @binding(4) var<storage, read> residual: array<E>; // (N, C, P); anything when not RESIDUAL
@group(0) @binding(5) var<storage, read_write> y: array<E>;
@group(0) @binding(6) var<storage, read_write> statistics: array<Total>; // mean, variance
@group(0) @binding(7) var<storage, read_write> running_mean: array<Total>;
@group(0) @binding(8) var<storage, read_write> running_var: array<Total>;
@group(0) @binding(9) var<storage, read_write> batches: array<u32>;
@group(0) @binding(10) var<uniform> params: Params;

override TRACK: bool = false;

var<workgroup> moments: array<Moments, THREADS>;

// Of the whole channel c, all measured from `origin`; the channel's threads share its slots.
fn whole_channel(C: u32, c: u32, lane: u32, origin: Total) -> Moments {
  var all = Moments();
  for (var slot = lane / CHANNELS; slot < params.slots && c < C; slot += THREADS / CHANNELS) {
    let at = slot * 4 * C + c;
    let from_origin = partial[at + 3 * C] - origin + partial[at + C]; // differences of origins are exact
    // a part's n is the same for all channels of a vector
    all = merged(all, Moments(vec4f(partial[at]).x, from_origin, partial[at + 2 * C]));
  }
  moments[lane] = all;
  var width = THREADS;
  while (width > CHANNELS) {
    let next = max(width / 8, CHANNELS); // eight at a time: barriers cost more than sums
    workgroupBarrier();
    for (var i = lane + next; i < width && lane < next; i += next) {
      moments[lane] = merged(moments[lane], moments[i]);
    }
    width = next;
  }
  workgroupBarrier();
  return moments[lane % CHANNELS];
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
  let origin = partial[3 * walk.C + c]; // the first part's
  let all = whole_channel(walk.C, c, lane, origin);
  let center = origin + all.mean;
  let spread = all.m2 / all.n;
  if (lane < CHANNELS && at.c < walk.C && walk.slot + k % walk.splits == 0) {
    statistics[c] = center;
    statistics[params.row + c] = spread;
    if (TRACK) {
      let f = params.momentum;
      running_mean[c] = (1 - f) * running_mean[c] + f * center;
      running_var[c] = (1 - f) * running_var[c] + f * all.m2 / (all.n - 1);
      if (c == 0) {
        batches[0]++;
      }
    }
  }
  let scale = weight[c * params.weight_stride] / sqrt(spread + params.eps);
  normalise(walk, at, V(center), scale, V(bias[c * params.bias_stride]));
}
