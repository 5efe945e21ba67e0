import { BlockList, isIP } from 'node:net';

/*
 * Which addresses a webhook may reach. A server sends what it is told to where it is told to, so it must not be a way
 * into its own network: https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
 */

/** https://www.iana.org/assignments/iana-ipv4-special-registry: what is not for everyone to reach, and multicast. */
const specialIpv4 = listOf('ipv4', [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
]);

/**
 * https://www.iana.org/assignments/ipv6-unicast-address-assignments: public addresses are all in here. So addresses
 * that stand for IPv4 ones (mapped, NAT64) are not public, whichever they stand for.
 */
const unicastIpv6 = listOf('ipv6', [['2000::', 3]]);

/** https://www.iana.org/assignments/iana-ipv6-special-registry, as far as it lies in there; 6to4 and Teredo too. */
const specialIpv6 = listOf('ipv6', [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]);

function listOf(family: 'ipv4' | 'ipv6', subnets: [address: string, prefix: number][]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of subnets) list.addSubnet(address, prefix, family);
  return list;
}

/** Whether an address is one that anyone can reach. What is no address is not. */
export function isPublic(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !specialIpv4.check(address, 'ipv4');
    case 6:
      return unicastIpv6.check(address, 'ipv6') && !specialIpv6.check(address, 'ipv6');
    default:
      return false;
  }
}

/** The host of a URL as it is looked up. The URL has brought numbers of every spelling into one form already. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

/** Whether it can be told from a URL alone that it leads to no public address. */
export function namesPrivateAddress(url: URL): boolean {
  const host = hostOf(url);
  // RFC 6761, 6.3.
  return isIP(host) > 0 ? !isPublic(host) : /(^|\.)localhost\.?$/.test(host);
}
