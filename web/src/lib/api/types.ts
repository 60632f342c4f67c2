import type { components } from './schema';

type Schemas = components['schemas'];

export type Command = Schemas['Command'];
export type CommandItem = Schemas['CommandItem'];
export type DataPoint = Schemas['DataPoint'];
export type FieldInfo = Schemas['FieldInfo'];
export type Health = Schemas['Health'];
export type HealthState = Health['state'];
export type Identity = Schemas['Identity'];
export type Me = Schemas['Me'];
export type Outcome = NonNullable<CommandItem['outcome']>;
export type Quality = Reading['quality'];
export type Reading = Schemas['Reading'];
export type SessionState = Schemas['Session']['state'];
export type SmartServer = Schemas['SmartServer'];
export type TypeInfo = Schemas['TypeInfo'];
export type WriteRequest = Schemas['WriteRequest'];
export type Action = WriteRequest['action'];
