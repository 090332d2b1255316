// max_pool2d of 2x2 windows side by side (see pool2d/pairs.wgsl): y[o] = max of the four of window o, index =
// where in the plane it was found, the first of equals; a NaN wins, the last one of several. With RELU y = max over the
// window of max(x, 0), and a window without a positive number has its maximum nowhere: no gradient passes. The idea
// that it adds to pool2d/max.wgsl: two vector loads take the place of eight (or four) scalar ones. A workgroup has 64
// threads.
@group(0) @binding(0) var<storage, read> x: array<EX>;
@group(0) @binding(1) var<storage, read_write> y: array<EY>;
@group(0) @binding(2) var<storage, read_write> index: array<I>;
@group(0) @binding(3) var<uniform> pool: Pool2d;

override RELU: bool = false;
override INDEX: bool = true; // else y alone
const NOWHERE = 0xffffffffu;

struct Best {
  v: Y,
  at: I,
}

// By its bits: compilers may take it that no number is a NaN.
fn better(best: Best, v: Y, at: I) -> Best {
  let is_nan = (bitcast<I>(v) & I(0x7fffffffu)) > I(0x7f800000u);
  let wins = (v > best.v) | is_nan;
  return Best(select(best.v, v, wins), select(best.at, at, wins));
}

// max(v, 0) that keeps NaN: see common/nan_lanes.wgsl.
fn activated(v: Y) -> Y {
  if (RELU) {
    return select(v, Y(), (bitcast<I>(v) - I(0x80000000u)) <= I(0x7f800000u));
  }
  return v;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = x_row();
  let group = linear_workgroup(workgroup, grid);
  for (var step = 0u; step < STEPS; step++) {
    let i = element_of(group, lane, step);
    if (i < pool.planes * oH * row) {
      let place = x_place(i);
      let upper = X(x[place]);
      let lower = X(x[place + row]);
      let at = I(i / row % oH * 2 * W + i % row * 2 * PAIRS) + FIRST;
      var best = Best(activated(left(upper)), at);
      best = better(best, activated(right(upper)), at + I(1));
      best = better(best, activated(left(lower)), at + I(W));
      best = better(best, activated(right(lower)), at + I(W + 1));
      y[i] = EY(best.v);
      if (RELU) {
        best.at = select(I(NOWHERE), best.at, (bitcast<I>(best.v) & I(0x7fffffffu)) != I(0u));
      }
      if (INDEX) {
        index[i] = best.at;
      }
    }
  }
}
