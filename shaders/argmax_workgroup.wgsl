// The same as argmax.wgsl with a workgroup per output, for few outputs and large C: each of 64 threads finds the best of every 64th
// entry, then pairs of threads compare theirs. Of equals the smaller index wins, whichever thread found it.
struct Params {
  count: u32, // outputs: outer * inner
  C: u32,
  inner: u32,
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

const THREADS = 64u;
fn is_better(a: f32, b: f32) -> bool { return a > b; }

var<workgroup> best: array<u32, THREADS>;
var<workgroup> best_x: array<f32, THREADS>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let k = linear_workgroup(workgroup, grid);
  let inside = k < params.count; // uniform in the workgroup, but barriers below must be reached by all
  let base = (k / params.inner) * params.C * params.inner + k % params.inner;
  var mine = min(lane, params.C - 1);
  if (inside) {
    var mine_x = x[base + mine * params.inner];
    for (var c = lane + THREADS; c < params.C; c += THREADS) {
      let v = x[base + c * params.inner];
      if (is_better(v, mine_x)) {
        mine = c;
        mine_x = v;
      }
    }
    best[lane] = mine;
    best_x[lane] = mine_x;
  }
  for (var width = THREADS / 2; width > 0; width /= 2) {
    workgroupBarrier();
    if (lane < width) {
      let other = lane + width;
      if (is_better(best_x[other], best_x[lane]) || (best_x[other] == best_x[lane] && best[other] < best[lane])) {
        best[lane] = best[other];
        best_x[lane] = best_x[other];
      }
    }
  }
  if (lane == 0 && inside) {
    out[k] = best[0];
  }
}
