// dw[s, o, c, ky, kx] = sum over the images n of part s, and over oy, ox, of dy[n, o, oy, ox] * x[n, c, oy * stride -
// pad + ky * dilation, …] The obvious version: a thread makes one element of one part; the parts are added up by a
// reduction.
@group(0) @binding(0) var<storage, read> x: array<E>;
@group(0) @binding(1) var<storage, read> dy: array<E>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;
@group(0) @binding(3) var<uniform> conv: Conv2d;

alias E = f32; // x and dy as stored

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  let depth = conv.C / conv.groups;
  let elements = conv.O * depth * conv.kH * conv.kW;
  if (i >= elements * conv.splits) {
    return;
  }
  let kx = i % conv.kW;
  let ky = (i / conv.kW) % conv.kH;
  let c = (i / (conv.kW * conv.kH)) % depth;
  let o = (i / (conv.kW * conv.kH * depth)) % conv.O;
  let part = (conv.N + conv.splits - 1) / conv.splits;
  let first_n = (i / elements) * part;
  let channel = o / (conv.O / conv.groups) * depth + c;
  var sum = 0.0;
  for (var n = first_n; n < min(first_n + part, conv.N); n++) {
    var image = 0.0; // an image of its own keeps the rounding error of long sums small
    for (var oy = 0u; oy < conv.oH; oy++) {
      let iy = i32(oy * conv.stride_h + ky * conv.dilation_h) - i32(conv.pad_h);
      if (iy < 0 || iy >= i32(conv.H)) {
        continue;
      }
      for (var ox = 0u; ox < conv.oW; ox++) {
        let ix = i32(ox * conv.stride_w + kx * conv.dilation_w) - i32(conv.pad_w);
        if (ix < 0 || ix >= i32(conv.W)) {
          continue;
        }
        let at_x = ((n * conv.C + channel) * conv.H + u32(iy)) * conv.W + u32(ix);
        image += f32(dy[((n * conv.O + o) * conv.oH + oy) * conv.oW + ox]) * f32(x[at_x]);
      }
    }
    sum += image;
  }
  dw[i] = sum;
}
