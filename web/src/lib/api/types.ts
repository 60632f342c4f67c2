import type { components } from './schema';

type Schemas = components['schemas'];

export type Action = Schemas['Action'];
export type Alarm = Schemas['Alarm'];
export type Check = Schemas['Check'];
export type Command = Schemas['Command'];
export type CommandItem = Schemas['CommandItem'];
export type DataPoint = Schemas['DataPoint'];
export type FieldInfo = Schemas['TypeInfo'];
export type Health = Schemas['Health'];
export type HealthState = Schemas['HealthState'];
export type Identity = Schemas['Identity'];
export type Me = Schemas['Me'];
export type NewCommand = Schemas['NewCommand'];
export type Outcome = Schemas['Outcome'];
export type Quality = Schemas['Quality'];
export type Reading = Schemas['Reading'];
export type RoundTrip = Schemas['RoundTrip'];
export type SessionReport = Schemas['SessionReport'];
export type SessionState = Schemas['SessionState'];
export type SmartServer = Schemas['SmartServer'];
export type SyncReport = Schemas['SyncReport'];
export type TypeInfo = Schemas['TypeInfo'];
export type Value = Schemas['Value'];
