=SELECT 1;
-- end
# c
SELECT 2
-- end -- end