// The same as reduce/argmax.wgsl with a workgroup per output, for few outputs and large C: each of 64 threads finds the
// best of every 64th entry, then pairs of threads compare theirs. Of equals the smaller index wins, whichever thread
// found it.
struct Params {
  count: u32, // outputs: outer * inner
  C: u32,
  inner: u32,
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

const THREADS = 64u;
fn key(v: f32) -> u32 { return order_key(v); }

var<workgroup> best: array<u32, THREADS>;
var<workgroup> best_key: array<u32, THREADS>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let k = linear_workgroup(workgroup, grid);
  let inside = k < params.count; // uniform in the workgroup, but barriers below must be reached by all
  let base = (k / params.inner) * params.C * params.inner + k % params.inner;
  var mine = min(lane, params.C - 1);
  if (inside) {
    var mine_key = key(x[base + mine * params.inner]);
    for (var c = lane + THREADS; c < params.C; c += THREADS) {
      let own = key(x[base + c * params.inner]);
      if (own > mine_key) {
        mine = c;
        mine_key = own;
      }
    }
    best[lane] = mine;
    best_key[lane] = mine_key;
  }
  for (var width = THREADS / 2; width > 0; width /= 2) {
    workgroupBarrier();
    if (lane < width) {
      let other = lane + width;
      if (best_key[other] > best_key[lane] || (best_key[other] == best_key[lane] && best[other] < best[lane])) {
        best[lane] = best[other];
        best_key[lane] = best_key[other];
      }
    }
  }
  if (lane == 0 && inside) {
    out[k] = best[0];
  }
}
