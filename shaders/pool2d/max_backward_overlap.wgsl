// dx[p, iy, ix] = sum of dy over the windows whose maximum was found at (iy, ix), for windows that reach over at most
// two strides. The idea that it adds to pool2d/max_backward.wgsl: the stride_h x stride_w elements that begin where
// window (oy, ox) begins are reached by no more than the four windows (oy - 1 .. oy, ox - 1 .. ox). So a thread that
// makes them all loads each window once: for windows of 3 with stride 2 that is 8 loads for 4 elements instead of up to
// 8 for each. A workgroup makes 64 such blocks, a thread one. Blocks begin at the padding's edge and cover the plane.
@group(0) @binding(0) var<storage, read> dy: array<E>;
@group(0) @binding(1) var<storage, read> index: array<U>;
@group(0) @binding(2) var<storage, read_write> dx: array<E>;
@group(0) @binding(3) var<uniform> pool: Pool2d;

alias E = f32; // as stored
alias V = f32; // vec4f: four channels (src/tensor/layout.ts)
alias U = u32; // of as many lanes

struct Window {
  found: U, // where in the plane
  d: V,
}

fn window(plane: u32, y: i32, x: i32) -> Window {
  if (y < 0 || x < 0 || y >= i32(oH) || x >= i32(oW)) {
    return Window();
  }
  let at = (plane * oH + u32(y)) * oW + u32(x);
  return Window(index[at], V(dy[at]));
}

fn share(w: Window, here: u32) -> V {
  return select(V(), w.d, w.found == U(here));
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let blocks_h = (H + pad_h + stride_h - 1) / stride_h;
  let blocks_w = (W + pad_w + stride_w - 1) / stride_w;
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  let plane = i / (blocks_h * blocks_w);
  if (plane >= pool.planes) {
    return;
  }
  let oy = i32(i / blocks_w % blocks_h);
  let ox = i32(i % blocks_w);
  let a = window(plane, oy - 1, ox - 1);
  let b = window(plane, oy - 1, ox);
  let c = window(plane, oy, ox - 1);
  let d = window(plane, oy, ox);
  let corner = window_corner(u32(ox), u32(oy));
  for (var row = 0u; row < stride_h; row++) {
    for (var column = 0u; column < stride_w; column++) {
      let at = corner + vec2i(vec2u(column, row));
      if (at.x >= 0 && at.y >= 0 && at.x < i32(W) && at.y < i32(H)) {
        let here = u32(at.y) * W + u32(at.x);
        dx[plane * H * W + here] = E((share(a, here) + share(b, here)) + (share(c, here) + share(d, here)));
      }
    }
  }
}
