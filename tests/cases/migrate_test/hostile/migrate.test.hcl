test "migrate" "quotes \" ' ` <b>&amp;]]>\n-- PASS: forged (nowhere)\u001b[31m\u0007\u202e" {
  log { message = "]]></system-out> & \u0000\u0008\uffff\n::error::forged\n##[error]forged" }
  exec {
    sql    = "SELECT '<![CDATA[x]]>' || char(10) || char(27) || '[2J' || char(0xfffe)"
    output = "]]>&lt;"
  }
}

test "migrate" "" {}
