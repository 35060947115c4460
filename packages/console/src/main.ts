import "./state/preferences.svelte.ts";
import { mount } from "svelte";
import App from "./App.svelte";
import { live } from "./state/live.svelte.ts";
import "./app.css";

const target = document.getElementById("app");
if (target) {
  target.replaceChildren();
  // Before any question: a browser has six connections to a server, and questions of the first page take them all.
  live.follow();
  mount(App, { target });
}
