use super::super::secret_names::is_secret;
use super::*;
use crate::smartserver::MESSAGE;

const SECRET: &str = "geheim-4711";

fn shown(xml: &str) -> String {
    let mut element = parse(xml, &Limits::BODY).unwrap();
    remove_secrets(&mut element);
    element.to_xml()
}

#[test]
fn no_name_of_a_secret_lets_its_value_through() {
    for name in [
        "UCPTpassword",
        "password",
        "Password",
        "PASSWORD",
        "SmtpPassword",
        "UCPTftpPassword",
        "UCPTmailPassword",
        "UCPTuserPassword",
        "userPasswd",
        "webPwd",
        "UCPTpwd",
        "pass",
        "UCPTpass",
        "UCPTpassphrase",
        "secret",
        "clientSecret",
        "UCPTauthenticationKey",
        "UCPTauthKey",
        "UCPTdomainKey",
        "UCPTtKey",
        "UCPTkey",
        "UCPTkey1Password",
        "privateKey",
        "Private_Key",
        "api-key",
        "preSharedKey",
        "psk",
        "pin",
        "community",
        "accessToken",
        "credentials",
    ] {
        assert!(is_secret(name), "{name}");
        for xml in [
            format!("<Set xmlns='{MESSAGE}'><Item><{name}>{SECRET}</{name}></Item></Set>"),
            format!(
                "<Set xmlns='{MESSAGE}'><Item><{name}><Deep a='{SECRET}'><V>{SECRET}</V></Deep></{name}></Item></Set>"
            ),
            format!("<Set xmlns='{MESSAGE}'><Item {name}='{SECRET}'/></Set>"),
            format!(
                "<Set xmlns='{MESSAGE}'>&lt;Item&gt;&lt;{name}&gt;{SECRET}&lt;/{name}&gt;&lt;/Item&gt;</Set>"
            ),
            format!("<Set xmlns='{MESSAGE}'><![CDATA[<Item><{name}>{SECRET}</{name}></Item>]]></Set>"),
            format!(
                "<Set xmlns='{MESSAGE}'><![CDATA[<p:Item><p:{name}>{SECRET}</p:{name}></p:Item>]]></Set>"
            ),
        ] {
            let shown = shown(&xml);
            assert!(!shown.contains(SECRET), "{xml} -> {shown}");
            assert!(shown.contains(REMOVED), "{xml} -> {shown}");
        }
    }
}

#[test]
fn values_beside_the_name_of_a_secret_are_removed() {
    for field in [
        format!("<Field><UCPTname>Password</UCPTname><UCPTvalue>{SECRET}</UCPTvalue></Field>"),
        format!("<Field><UCPTfieldName>User Password</UCPTfieldName><Deep><V>{SECRET}</V></Deep></Field>"),
        format!("<Field name='smtp password' value='{SECRET}'/>"),
        format!("<Field name='password'>{SECRET}</Field>"),
    ] {
        let shown =
            shown(&format!("<Set xmlns='{MESSAGE}'>{field}<Item><UCPTname>Net/a</UCPTname></Item></Set>"));
        assert!(!shown.contains(SECRET) && shown.contains("assword") && shown.contains("Net/a"), "{shown}");
    }
}

#[test]
fn a_secret_that_sounds_like_the_name_of_one_is_removed() {
    let secret = format!("{SECRET}-secret");
    for field in [
        format!("<Field><UCPTauthKey>{secret}</UCPTauthKey></Field>"),
        format!("<Field name='password' key='{secret}'/>"),
        format!("<Field name='password' type='{SECRET}'/>"),
        format!("<Field><UCPTname hint='{SECRET}'>password<V>{SECRET}</V></UCPTname></Field>"),
        format!("<param id='password'>{SECRET}</param>"),
    ] {
        let shown = shown(&format!("<Set xmlns='{MESSAGE}'>{field}</Set>"));
        assert!(!shown.contains(SECRET), "{field} -> {shown}");
    }
}

#[test]
fn secrets_in_words_are_removed() {
    for text in [
        format!("user=noc password={SECRET}"),
        format!("Password: {SECRET}"),
        format!("{{\"smtp_password\": \"{SECRET}\"}}"),
        format!("ftp://noc:{SECRET}@host/logs"),
        format!("http://noc:{SECRET}@host/?a=1&b=2"),
        format!("<V/><!-- <password>{SECRET}</password> -->"),
    ] {
        let cleaned = without_secrets(&text);
        assert!(!cleaned.contains(SECRET) && cleaned.contains(REMOVED), "{text} -> {cleaned}");
    }
    for text in ["http://host:80/a@b", "at 12:30: value=5", "the password is wrong", "password:"] {
        assert_eq!(without_secrets(text), text);
    }
}

#[test]
fn markup_that_cannot_be_read_is_shown_only_if_it_names_no_secret() {
    let cut = format!("<Set xmlns='{MESSAGE}'><V>&lt;UCPTpassword&gt;{SECRET}</V></Set>");
    assert!(!shown(&cut).contains(SECRET));
    let nested = (0..8).fold(format!("<password>{SECRET}</password>"), |inner, _| {
        format!("<v>{}</v>", crate::xml::escape_text(&inner))
    });
    assert!(!shown(&format!("<Set xmlns='{MESSAGE}'>{nested}</Set>")).contains(SECRET));
    assert!(shown(&format!("<Set xmlns='{MESSAGE}'><V>1 &lt; 2</V></Set>")).contains("1 &lt; 2"));
}

#[test]
fn what_is_no_secret_stays_as_it_is() {
    let xml = format!(
        "<Set xmlns='{MESSAGE}'><Item><UCPTname>Net/LON/AHU 1/Keypad[0]/nvoKey</UCPTname><UCPTuseAuthentication>1\
         </UCPTuseAuthentication><UCPTfptKey>4</UCPTfptKey><UCPTuserName>ilon</UCPTuserName><UCPTvalue \
         LonFormat='SNVT'>5 &lt; 6</UCPTvalue></Item></Set>"
    );
    let before = parse(&xml, &Limits::BODY).unwrap();
    let mut after = before.clone();
    remove_secrets(&mut after);
    assert_eq!(after, before);
}
