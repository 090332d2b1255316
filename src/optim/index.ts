/** Optimizers, clipping, averages of weights, and schedules of the learning rate. */
export * from './optim.js';
export { makeSchedule, type Schedule, type ScheduleConfig } from './schedules/schedule.js';
