// dx[n, c, iy, ix] = sum over o, ky, kx of w[o, c, ky, kx] * dy[n, o, oy, ox] where oy * stride - pad + ky * dilation =
// iy, and so for x. Gathered, not scattered: a thread makes one element of dx and looks for the outputs that read it.
// This is also the forward of a transposed convolution (x there is dy here, y is dx), which adds bias[c].
@group(0) @binding(0) var<storage, read> dy: array<E>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<E>;
@group(0) @binding(4) var<uniform> conv: Conv2d;

alias E = f32; // as stored

override HAS_BIAS: bool = false;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i >= conv.N * conv.C * conv.H * conv.W) {
    return;
  }
  let ix = i % conv.W;
  let iy = (i / conv.W) % conv.H;
  let c = (i / (conv.W * conv.H)) % conv.C;
  let n = i / (conv.W * conv.H * conv.C);
  let depth = conv.C / conv.groups;
  let rows = conv.O / conv.groups;
  let first_o = c / depth * rows;
  var sum = 0.0;
  for (var r = 0u; r < rows; r++) {
    let o = first_o + r;
    for (var ky = 0u; ky < conv.kH; ky++) {
      let top = i32(iy + conv.pad_h) - i32(ky * conv.dilation_h);
      if (top < 0 || top % i32(conv.stride_h) != 0 || top / i32(conv.stride_h) >= i32(conv.oH)) {
        continue;
      }
      for (var kx = 0u; kx < conv.kW; kx++) {
        let left = i32(ix + conv.pad_w) - i32(kx * conv.dilation_w);
        if (left < 0 || left % i32(conv.stride_w) != 0 || left / i32(conv.stride_w) >= i32(conv.oW)) {
          continue;
        }
        let at_dy = ((n * conv.O + o) * conv.oH + u32(top) / conv.stride_h) * conv.oW + u32(left) / conv.stride_w;
        let at_w = ((o * depth + c % depth) * conv.kH + ky) * conv.kW + kx;
        sum += f32(dy[at_dy]) * w[at_w];
      }
    }
  }
  if (HAS_BIAS) {
    sum += bias[c];
  }
  dx[i] = E(sum);
}
