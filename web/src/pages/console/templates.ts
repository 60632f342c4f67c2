import { escaped } from './xml';

export interface Template {
  group: string;
  name: string;
  /** The message; `point` is the name of a data point of the SmartServer. */
  xml: (point: string) => string;
}

const NS = 'xmlns="http://wsdl.echelon.com/web_services_ns/ilon100/v4.0/message/"';
const XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';

const select = (operation: string, xselect: string) =>
  `<${operation} ${NS}>
  <iLonItem>
    <xSelect>${xselect}</xSelect>
  </iLonItem>
</${operation}>`;

const named = (operation: string, name: string) =>
  `<${operation} ${NS}>
  <iLonItem>
    <Item>
      <UCPTname>${escaped(name)}</UCPTname>
    </Item>
  </iLonItem>
</${operation}>`;

const typed = (operation: string, type: string, content: string) =>
  `<${operation} ${NS} ${XSI}>
  <iLonItem>
    <Item xsi:type="${type}">
${content}
    </Item>
  </iLonItem>
</${operation}>`;

const systemInfo = (section: string) =>
  `<SystemService_Read_Info ${NS}>
  <iLONSystemService>
    <UCPTsystemInfoType>${section}</UCPTsystemInfoType>
  </iLONSystemService>
</SystemService_Read_Info>`;

/** What an operator starts from: one or more of each operation. */
export const TEMPLATES: Template[] = [
  { group: 'Data points', name: 'Read a data point', xml: (point) => named('Read', point) },
  {
    group: 'Data points',
    name: 'List the first 20 data points',
    xml: () => select('List', '//Item[@xsi:type="Dp_Cfg"][position()&lt;=20]'),
  },
  {
    group: 'Data points',
    name: 'List data points by name',
    xml: () => select('List', '//Item[@xsi:type="Dp_Cfg"][starts-with(UCPTname,"Net/LON/")]'),
  },
  { group: 'Data points', name: 'Get a data point’s configuration', xml: (point) => named('Get', point) },
  {
    group: 'Data points',
    name: 'Write a value',
    xml: (point) =>
      typed(
        'Write',
        'Dp_Data',
        `      <UCPTname>${escaped(point)}</UCPTname>
      <UCPTvalue>0</UCPTvalue>
      <UCPTpriority>255</UCPTpriority>`,
      ),
  },
  {
    group: 'Data points',
    name: 'Write a preset',
    xml: (point) =>
      typed(
        'Write',
        'Dp_Data',
        `      <UCPTname>${escaped(point)}</UCPTname>
      <UCPTvalue LonFormat="UCPTvalueDef">ON</UCPTvalue>
      <UCPTpriority>255</UCPTpriority>`,
      ),
  },
  {
    group: 'Data points',
    name: 'Set a data point’s description',
    xml: (point) =>
      typed(
        'Set',
        'Dp_Cfg',
        `      <!-- A Set erases what it leaves out: get the whole configuration first, and send it whole. -->
      <UCPTname>${escaped(point)}</UCPTname>
      <UCPTdescription></UCPTdescription>`,
      ),
  },
  { group: 'Data points', name: 'Delete a data point', xml: (point) => named('Delete', point) },
  {
    group: 'Data loggers',
    name: 'List the data loggers',
    xml: () => select('List', '//Item[@xsi:type="UFPTdataLogger_Cfg"]'),
  },
  {
    group: 'Data loggers',
    name: 'Read the newest entries',
    xml: () => select('Read', '//Item[@xsi:type="UFPTdataLogger_Data"][position()>=last()-10]'),
  },
  {
    group: 'Data loggers',
    name: 'Clear a log',
    xml: () =>
      `<Clear ${NS}>
  <iLonItem>
    <xSelect>//Item[@xsi:type="UFPTdataLogger_Data"]</xSelect>
    <Item>
      <UCPTname>Net/LON/iLON App/Data Logger[0]</UCPTname>
    </Item>
  </iLonItem>
</Clear>`,
  },
  {
    group: 'Alarms',
    name: 'List the alarm notifiers',
    xml: () => select('List', '//Item[@xsi:type="UFPTalarmNotifier_Cfg"]'),
  },
  {
    group: 'Alarms',
    name: 'Read the active alarms',
    xml: () =>
      select('Read', '//Item[@xsi:type="UFPTalarmNotifier_Data"][position()&lt;=60][UCPTalarmLog="SUMMARY"]'),
  },
  {
    group: 'Devices',
    name: 'List the LON devices',
    xml: () => select('List', '//Item[@xsi:type="LON_Device_Cfg"]'),
  },
  {
    group: 'Devices',
    name: 'Get the LON devices',
    xml: () => select('Get', '//Item[@xsi:type="LON_Device_Cfg"][position()&lt;5]'),
  },
  { group: 'System', name: 'Time and time zone', xml: () => systemInfo('SI_TIME') },
  { group: 'System', name: 'Network', xml: () => systemInfo('SI_NETWORK') },
  { group: 'System', name: 'Load and memory', xml: () => systemInfo('SI_REAL_TIME') },
];

/** Stands for a data point where none is known. */
export const SOME_POINT = 'Net/LON/device/functional block/data point';

/** Whether a template has a place for the name of a data point. */
export function speaksOfPoint({ xml }: Template): boolean {
  return xml('a') !== xml('b');
}

const CHANGING =
  /^(Write|Set|Delete|Clear|InvokeCmd|LON_Network_Command_Invoke|SystemService_(Write_Info|Reboot))$/;

/** Whether an operation changes something in the field. */
export function changes(operation: string): boolean {
  return CHANGING.test(operation);
}
