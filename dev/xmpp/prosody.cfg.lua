-- Used by prosody.sh, which sets the environment read here. For development and tests.
local function env(name) return (assert(os.getenv(name), name .. " is not set: start by prosody.sh")) end
local state, domain = env("NOCGATE_STATE"), env("DOMAIN")
local tls_port = tonumber(env("BOSH_TLS_PORT"))

run_as_root = true
daemonize = false
pidfile = state .. "/prosody.pid"
data_path = state .. "/data"
certificates = state .. "/certs"
plugin_paths = { state .. "/plugins" }
log = { { levels = { min = "warn" }, to = "file", filename = state .. "/prosody.log" } }

-- LuaSocket writes in steps of 8 KiB; with Nagle's algorithm each larger answer waits for the
-- reader's delayed acknowledgement, 40 ms. NAGLE=true leaves it on, as Prosody does by default.
network_backend = "epoll"
network_settings = { nagle = env("NAGLE") == "true", tcp_backlog = 1024, read_size = 65536 }
gc = { mode = "generational" }

interfaces = { "127.0.0.1" }
local_interfaces = { "127.0.0.1" }
c2s_ports = { tonumber(env("C2S_PORT")) }
c2s_direct_tls_ports = { }
legacy_ssl_ports = { }
s2s_ports = { }
http_ports = { tonumber(env("BOSH_PORT")) }
http_interfaces = { "127.0.0.1" }
https_ports = tls_port and { tls_port } or { }
https_interfaces = { "127.0.0.1" }
if tls_port then
  https_ssl = { certificate = env("TLS_PEM"), key = env("TLS_PEM") }
end
-- Without it a request whose Host is an IP address is answered 404.
http_default_host = domain

-- mod_limits is left out: it lets a client send 10 kB a second.
modules_enabled = { "disco", "roster", "saslauth", "ping", "time", "version", "bosh", "pep" }
modules_disabled = { "s2s", "s2s_auth_certs", "tls", "offline", "admin_shell" }

authentication = "internal_plain"
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
consider_bosh_secure = true
allow_registration = false
admins = { "admin@" .. domain }

local disabled = { "DIGEST-MD5" }
local only = env("SASL_MECHANISMS")
if only ~= "" then
  for _, mechanism in ipairs { "PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256" } do
    if not (" " .. only .. " "):find(" " .. mechanism .. " ", 1, true) then
      disabled[#disabled + 1] = mechanism
    end
  end
end
disable_sasl_mechanisms = disabled

-- Stock: 256 KiB a stanza, 10 MiB a body.
c2s_stanza_size_limit = 4 * 1024 * 1024
http_max_content_size = 16 * 1024 * 1024
http_max_buffer_size = 32 * 1024 * 1024
bosh_max_inactivity = tonumber(env("INACTIVITY"))
bosh_max_wait = 120

VirtualHost(domain)
-- Not Component(name, module): the second argument would be ignored.
Component("pubsub." .. domain)("pubsub")
  expose_publisher = true
  autocreate_on_publish = true
  autocreate_on_subscribe = true
