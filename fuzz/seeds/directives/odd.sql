3﻿  -- atlas:nolint

-- atlas:delimiter -- end
SELECT 1 -- end
--atlas: x
-- atlas:wrong
