// Learning rate and weight decay of an optimizer step. Without groups: one learning rate in GPU memory, one weight
// decay. With groups: a row of `groups` for each, and the group of each 64 elements of the flat memory (parameters
// start on multiples of 64). The step's number is in GPU memory too, so that a recorded step can be replayed. The
// kernels declare hyper, groups and group_of.
override GROUPED: bool = false;
struct Hyper {
  lr: f32,
  step: f32, // counts from 1 in this dispatch
  skip: f32, // not 0: gradients overflowed, nothing may move (see optimizer/advance_scaled_step.wgsl)
}

// (lr, weight decay) of the i-th vec4.
fn rates(i: u32, weight_decay: f32) -> vec2f {
  if (GROUPED) {
    return groups[group_of[i / 16]];
  }
  return vec2f(hyper.lr, weight_decay);
}
