/* Children: whom an owner sends frames to, told apart by their names. A topic that repeats an owner's frames, or a hub. */

const TOPIC = "topic:";

/** What a topic is called as a child: `topic:alerts`. */
export const topicChild = (topic: string): string => TOPIC + topic;

export type Child = { class: "Topic" | "Hub"; name: string };

/** Which object a child is. */
export function childOf(name: string): Child {
  if (name.startsWith(TOPIC)) return { class: "Topic", name: name.slice(TOPIC.length) };
  return { class: "Hub", name };
}
