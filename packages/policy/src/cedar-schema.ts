import { GRAPH_ACTIONS, SERVER_ACTIONS } from './actions.js'

/**
 * The vocabulary of every bundle, hand-written `.cedar` ones included. An actor is
 * in the groups of the bundle that decides and in one `Role` per role of its token.
 * `branch` is absent for actions that have none; `protected` is then false.
 */
export const CEDAR_SCHEMA = `namespace Groundplane {
  entity Group;
  entity Role;
  entity Actor in [Group, Role] = { tenant: String };
  entity Graph;
  entity Server;
  action ${GRAPH_ACTIONS.map((a) => `"${a}"`).join(', ')}
    appliesTo { principal: [Actor], resource: [Graph], context: { branch?: String, protected: Bool } };
  action ${SERVER_ACTIONS.map((a) => `"${a}"`).join(', ')}
    appliesTo { principal: [Actor], resource: [Server], context: { branch?: String, protected: Bool } };
}
`
