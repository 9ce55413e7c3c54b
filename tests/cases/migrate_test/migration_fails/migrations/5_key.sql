DELETE FROM users WHERE name = 'Ada';
