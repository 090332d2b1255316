// dx[p, iy, ix] = sum over the outputs of dy times the weight that (iy, ix) has in them. A workgroup makes 64 elements,
// a thread one.
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<uniform> up: Upsample;

// The weight of input place i in an output: an end may be several of its places.
fn share(c: Cubic, i: u32) -> f32 {
  return dot(c.weights, select(vec4f(), vec4f(1), c.places == vec4u(i)));
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i >= up.planes * H * W) {
    return;
  }
  let iy = i / W % H;
  let ix = i % W;
  let ys = outputs_of(iy, 2, up.scale_h, H, oH);
  let xs = outputs_of(ix, 2, up.scale_w, W, oW);
  let base = i / (W * H) * oH * oW;
  var sum = 0.0;
  for (var y = ys.x; y < ys.y; y++) {
    let v = share(cubic(y, up.scale_h, H), iy);
    if (v == 0) {
      continue;
    }
    for (var x = xs.x; x < xs.y; x++) {
      let h = share(cubic(x, up.scale_w, W), ix);
      if (h != 0) {
        sum += v * h * dy[base + y * oW + x];
      }
    }
  }
  dx[i] = sum;
}
