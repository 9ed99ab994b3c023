// Prices, weather, passengers: the next steps of a series, with a range for each.
import { runTask } from "../shared/task/program.ts";
import { forecasting } from "./forecasting.ts";
import { facts } from "./help.mjs";

await runTask(facts, forecasting);
