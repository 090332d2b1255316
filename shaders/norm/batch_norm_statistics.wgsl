// mean[c], variance[c] = m2 / n (biased) of the whole channel, from its partial moments (slots, 4, C). With TRACK also
//   running_mean = (1 - f) running_mean + f mean,   running_var = (1 - f) running_var + f m2 / (n - 1) (unbiased),
//   batches = batches + 1,
// f = momentum or, with CUMULATIVE, 1 / batches: then the running statistics are plain averages of all batches.
// One workgroup, whose threads step through the channels: all must have read `batches` before one of them moves it on.
struct Params {
  C: u32,
  slots: u32,
  momentum: f32,
}
@group(0) @binding(0) var<storage, read> partial: array<f32>;
@group(0) @binding(1) var<storage, read_write> mean: array<f32>;
@group(0) @binding(2) var<storage, read_write> variance: array<f32>;
@group(0) @binding(3) var<storage, read_write> running_mean: array<f32>;
@group(0) @binding(4) var<storage, read_write> running_var: array<f32>;
@group(0) @binding(5) var<storage, read_write> batches: array<u32>;
@group(0) @binding(6) var<uniform> params: Params;

override TRACK: bool = false;
override CUMULATIVE: bool = false;
const THREADS = 256u;

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) lane: u32) {
  var f = params.momentum;
  if (CUMULATIVE) {
    f = 1 / f32(batches[0] + 1);
  }
  storageBarrier();
  if (TRACK && lane == 0) {
    batches[0]++;
  }
  for (var c = lane; c < params.C; c += THREADS) {
    let origin = partial[3 * params.C + c]; // the first part's; differences of origins are exact
    var all = Moments();
    for (var slot = 0u; slot < params.slots; slot++) {
      let at = slot * 4 * params.C + c;
      let from_origin = partial[at + 3 * params.C] - origin + partial[at + params.C];
      all = merged(all, Moments(partial[at], from_origin, partial[at + 2 * params.C]));
    }
    let m = origin + all.mean;
    mean[c] = m;
    variance[c] = all.m2 / all.n;
    if (TRACK) {
      running_mean[c] = (1 - f) * running_mean[c] + f * m;
      running_var[c] = (1 - f) * running_var[c] + f * all.m2 / (all.n - 1);
    }
  }
}
