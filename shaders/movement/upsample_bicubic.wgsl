// y[p, oy, ox] = sum over the 4 x 4 places of x around it, times the weights of cubic convolution (Keys 1981). Places
// past the ends are the ends. A workgroup makes 64 elements, a thread one.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> up: Upsample;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i >= up.planes * oH * oW) {
    return;
  }
  let v = cubic(i / oW % oH, up.scale_h, H);
  let h = cubic(i % oW, up.scale_w, W);
  let base = i / (oW * oH) * H * W;
  var sum = 0.0;
  for (var k = 0u; k < 4; k++) {
    let row = base + v.places[k] * W;
    let four = vec4f(x[row + h.places.x], x[row + h.places.y], x[row + h.places.z], x[row + h.places.w]);
    sum += v.weights[k] * dot(four, h.weights);
  }
  y[i] = sum;
}
