// y[n, o, oy, ox] = activate(bias[o] + sum over c, ky, kx of w[o, c, ky, kx] * x[n, c, oy * stride - pad + ky *
// dilation, …]
//                            + residual[n, o, oy, ox])
// The obvious version and the specification: a thread makes one element of y, a workgroup 64 neighbours.
@group(0) @binding(0) var<storage, read> x: array<E>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read> residual: array<E>;
@group(0) @binding(4) var<storage, read_write> y: array<E>;
@group(0) @binding(5) var<uniform> conv: Conv2d;

alias E = f32; // as stored
override HAS_BIAS: bool = false;
override HAS_RESIDUAL: bool = false;
alias V = f32;
fn activate(x: V) -> V { return x; } // a row of the elementwise table

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i >= conv.N * conv.O * conv.oH * conv.oW) {
    return;
  }
  let ox = i % conv.oW;
  let oy = (i / conv.oW) % conv.oH;
  let o = (i / (conv.oW * conv.oH)) % conv.O;
  let n = i / (conv.oW * conv.oH * conv.O);
  let depth = conv.C / conv.groups;
  let first_c = o / (conv.O / conv.groups) * depth;
  var sum = 0.0;
  for (var c = 0u; c < depth; c++) {
    for (var ky = 0u; ky < conv.kH; ky++) {
      let iy = i32(oy * conv.stride_h + ky * conv.dilation_h) - i32(conv.pad_h);
      if (iy < 0 || iy >= i32(conv.H)) {
        continue;
      }
      for (var kx = 0u; kx < conv.kW; kx++) {
        let ix = i32(ox * conv.stride_w + kx * conv.dilation_w) - i32(conv.pad_w);
        if (ix < 0 || ix >= i32(conv.W)) {
          continue;
        }
        let at_x = ((n * conv.C + first_c + c) * conv.H + u32(iy)) * conv.W + u32(ix);
        let at_w = ((o * depth + c) * conv.kH + ky) * conv.kW + kx;
        sum += f32(x[at_x]) * w[at_w];
      }
    }
  }
  if (HAS_BIAS) {
    sum += bias[o];
  }
  if (HAS_RESIDUAL) {
    sum += f32(residual[i]);
  }
  y[i] = E(activate(sum));
}
