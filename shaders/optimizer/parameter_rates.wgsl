// Learning rate, weight decay and step number of an optimizer step. Without groups: one learning rate in GPU memory,
// one weight decay. With groups: a row of `groups` for each. Where some begin later than others (STEPS_AT above 0) a
// second row for each, from row STEPS_AT on, holds its own step number. All of it is in GPU memory, so that a recorded
// step can be replayed. The kernels declare hyper and groups.
override GROUPED: bool = false;
override STEPS_AT: u32 = 0;
struct Hyper {
  lr: f32,
  step: f32, // counts from 1 in this dispatch
  skip: f32, // not 0: gradients overflowed, nothing may move (see optimizer/advance_scaled_step.wgsl)
}

// (lr, weight decay) of a group.
fn rates_of(group: u32, weight_decay: f32) -> vec2f {
  if (GROUPED) {
    return groups[group];
  }
  return vec2f(hyper.lr, weight_decay);
}

// The number of a group's step, from 1, also where it has not taken any.
fn step_of(group: u32) -> f32 {
  if (STEPS_AT > 0) {
    return max(groups[STEPS_AT + group].x, 1);
  }
  return hyper.step;
}
