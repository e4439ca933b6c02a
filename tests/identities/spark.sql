-- uses
SELECT DISTINCT
  *
FROM (
  SELECT
    *
  FROM (
    SELECT
      *
    FROM (
      SELECT
        NULLIF(`t0`.`ad_id`, '') AS `ad_id`,
        NULLIF('text', '') AS `kind`,
        NULLIF(`t0`.`text_group_id`, '') AS `value`
      FROM `texts` AS `t0`
      WHERE
        `t0`.`characters` > 0 AND NULLIF(`t0`.`text_group_id`, '') IS NOT NULL
    ) AS `t8`
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          NULLIF(`t1`.`ad_id`, '') AS `ad_id`,
          NULLIF('place', '') AS `kind`,
          NULLIF(LOWER(COALESCE(`t1`.`city`, `t1`.`region`)), '') AS `value`
        FROM `ads` AS `t1`
      ) AS `t12`
      WHERE
        `t12`.`value` IS NOT NULL
    ) AS `t14`
  ) AS `t16`
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          NULLIF(`t10`.`ad_id`, '') AS `ad_id`,
          NULLIF('wallet', '') AS `kind`,
          NULLIF(CAST(`t10`.`wallet_id` AS STRING), '') AS `value`
        FROM (
          SELECT
            *
          FROM `attribution_links` AS `t3`
          WHERE
            `t3`.`method` = 'inktrace' AND `t3`.`posterior_probability` >= 0.5
        ) AS `t10`
        INNER JOIN (
          SELECT
            `t4`.`author_id`,
            `t4`.`wallet_id`
          FROM `attributions` AS `t4`
          WHERE
            `t4`.`method` = 'inktrace'
            AND `t4`.`q_value` <= 0.05
            AND NOT (
              `t4`.`is_service`
            )
        ) AS `t11`
          ON `t10`.`author_id` = `t11`.`author_id` AND `t10`.`wallet_id` = `t11`.`wallet_id`
      ) AS `t15`
      WHERE
        `t15`.`value` IS NOT NULL
    ) AS `t18`
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          NULLIF(`t2`.`ad_id`, '') AS `ad_id`,
          NULLIF(`t2`.`kind`, '') AS `kind`,
          NULLIF(`t2`.`value`, '') AS `value`
        FROM `identifiers` AS `t2`
        WHERE
          NOT (
            `t2`.`kind` IN ('domain', 'likely_handle', 'payee')
          )
          AND NULLIF(`t2`.`value`, '') IS NOT NULL
      ) AS `t9`
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          NULLIF(`t13`.`ad_id`, '') AS `ad_id`,
          NULLIF('image', '') AS `kind`,
          NULLIF(`t13`.`value`, '') AS `value`
        FROM (
          SELECT
            `t5`.`ad_id`,
            EXPLODE(SPLIT(`t5`.`image_hashes`, ' ')) AS `value`
          FROM (
            SELECT
              *
            FROM `ads` AS `t1`
            WHERE
              `t1`.`image_hashes` IS NOT NULL
          ) AS `t5`
        ) AS `t13`
        WHERE
          NULLIF(`t13`.`value`, '') IS NOT NULL
      ) AS `t17`
    ) AS `t19`
  ) AS `t20`
) AS `t21`

-- spread
WITH `t27` AS (
  SELECT
    `t26`.`ad_id`,
    `t26`.`kind`,
    `t26`.`value`,
    `t7`.`author_id`
  FROM (
    SELECT DISTINCT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            NULLIF(`t1`.`ad_id`, '') AS `ad_id`,
            NULLIF('text', '') AS `kind`,
            NULLIF(`t1`.`text_group_id`, '') AS `value`
          FROM `texts` AS `t1`
          WHERE
            `t1`.`characters` > 0 AND NULLIF(`t1`.`text_group_id`, '') IS NOT NULL
        ) AS `t11`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t2`.`ad_id`, '') AS `ad_id`,
              NULLIF('place', '') AS `kind`,
              NULLIF(LOWER(COALESCE(`t2`.`city`, `t2`.`region`)), '') AS `value`
            FROM `ads` AS `t2`
          ) AS `t15`
          WHERE
            `t15`.`value` IS NOT NULL
        ) AS `t17`
      ) AS `t19`
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t13`.`ad_id`, '') AS `ad_id`,
              NULLIF('wallet', '') AS `kind`,
              NULLIF(CAST(`t13`.`wallet_id` AS STRING), '') AS `value`
            FROM (
              SELECT
                *
              FROM `attribution_links` AS `t4`
              WHERE
                `t4`.`method` = 'inktrace' AND `t4`.`posterior_probability` >= 0.5
            ) AS `t13`
            INNER JOIN (
              SELECT
                `t5`.`author_id`,
                `t5`.`wallet_id`
              FROM `attributions` AS `t5`
              WHERE
                `t5`.`method` = 'inktrace'
                AND `t5`.`q_value` <= 0.05
                AND NOT (
                  `t5`.`is_service`
                )
            ) AS `t14`
              ON `t13`.`author_id` = `t14`.`author_id` AND `t13`.`wallet_id` = `t14`.`wallet_id`
          ) AS `t18`
          WHERE
            `t18`.`value` IS NOT NULL
        ) AS `t21`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t3`.`ad_id`, '') AS `ad_id`,
              NULLIF(`t3`.`kind`, '') AS `kind`,
              NULLIF(`t3`.`value`, '') AS `value`
            FROM `identifiers` AS `t3`
            WHERE
              NOT (
                `t3`.`kind` IN ('domain', 'likely_handle', 'payee')
              )
              AND NULLIF(`t3`.`value`, '') IS NOT NULL
          ) AS `t12`
          UNION ALL
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t16`.`ad_id`, '') AS `ad_id`,
              NULLIF('image', '') AS `kind`,
              NULLIF(`t16`.`value`, '') AS `value`
            FROM (
              SELECT
                `t8`.`ad_id`,
                EXPLODE(SPLIT(`t8`.`image_hashes`, ' ')) AS `value`
              FROM (
                SELECT
                  *
                FROM `ads` AS `t2`
                WHERE
                  `t2`.`image_hashes` IS NOT NULL
              ) AS `t8`
            ) AS `t16`
            WHERE
              NULLIF(`t16`.`value`, '') IS NOT NULL
          ) AS `t20`
        ) AS `t22`
      ) AS `t23`
    ) AS `t24`
  ) AS `t26`
  INNER JOIN (
    SELECT
      `t0`.`ad_id`,
      `t0`.`author_id`
    FROM `authors` AS `t0`
  ) AS `t7`
    ON `t26`.`ad_id` = `t7`.`ad_id`
)
SELECT
  `t37`.`kind`,
  `t37`.`value`,
  `t37`.`authors`,
  `t37`.`ads`,
  `t37`.`strangers`
FROM (
  SELECT
    `t36`.`kind`,
    `t36`.`value`,
    `t36`.`authors`,
    `t36`.`ads`,
    `t36`.`named`,
    CAST(ROUND(`t36`.`named` + (
      (
        `t36`.`authors` - `t36`.`named`
      ) * 0.1
    ), 6) AS DOUBLE) AS `strangers`
  FROM (
    SELECT
      `t35`.`kind`,
      `t35`.`value`,
      COUNT(*) AS `authors`,
      SUM(`t35`.`ads`) AS `ads`,
      COUNT(`t35`.`named`) AS `named`
    FROM (
      SELECT
        `t34`.`kind`,
        `t34`.`value`,
        `t34`.`author_id`,
        `t34`.`ads`,
        `t34`.`named`
      FROM (
        SELECT
          `t31`.`kind`,
          `t31`.`value`,
          `t31`.`author_id`,
          `t31`.`ads`,
          `t33`.`author_id` AS `author_id_right`,
          `t33`.`named`
        FROM (
          SELECT
            `t28`.`kind`,
            `t28`.`value`,
            `t28`.`author_id`,
            COUNT(DISTINCT `t28`.`ad_id`) AS `ads`
          FROM `t27` AS `t28`
          GROUP BY
            1,
            2,
            3
        ) AS `t31`
        LEFT OUTER JOIN (
          SELECT
            `t29`.`author_id`,
            1 AS `named`
          FROM (
            SELECT DISTINCT
              `t28`.`author_id`
            FROM `t27` AS `t28`
            WHERE
              `t28`.`kind` IN (
                'phone',
                'handle',
                'email',
                'url',
                'bitcoin_address',
                'tron_address',
                'ethereum_address',
                'payment_handle'
              )
          ) AS `t29`
        ) AS `t33`
          ON `t31`.`author_id` = `t33`.`author_id`
      ) AS `t34`
    ) AS `t35`
    GROUP BY
      1,
      2
  ) AS `t36`
) AS `t37`

-- hubs
WITH `t27` AS (
  SELECT
    `t26`.`ad_id`,
    `t26`.`kind`,
    `t26`.`value`,
    `t7`.`author_id`
  FROM (
    SELECT DISTINCT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            NULLIF(`t1`.`ad_id`, '') AS `ad_id`,
            NULLIF('text', '') AS `kind`,
            NULLIF(`t1`.`text_group_id`, '') AS `value`
          FROM `texts` AS `t1`
          WHERE
            `t1`.`characters` > 0 AND NULLIF(`t1`.`text_group_id`, '') IS NOT NULL
        ) AS `t11`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t2`.`ad_id`, '') AS `ad_id`,
              NULLIF('place', '') AS `kind`,
              NULLIF(LOWER(COALESCE(`t2`.`city`, `t2`.`region`)), '') AS `value`
            FROM `ads` AS `t2`
          ) AS `t15`
          WHERE
            `t15`.`value` IS NOT NULL
        ) AS `t17`
      ) AS `t19`
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t13`.`ad_id`, '') AS `ad_id`,
              NULLIF('wallet', '') AS `kind`,
              NULLIF(CAST(`t13`.`wallet_id` AS STRING), '') AS `value`
            FROM (
              SELECT
                *
              FROM `attribution_links` AS `t4`
              WHERE
                `t4`.`method` = 'inktrace' AND `t4`.`posterior_probability` >= 0.5
            ) AS `t13`
            INNER JOIN (
              SELECT
                `t5`.`author_id`,
                `t5`.`wallet_id`
              FROM `attributions` AS `t5`
              WHERE
                `t5`.`method` = 'inktrace'
                AND `t5`.`q_value` <= 0.05
                AND NOT (
                  `t5`.`is_service`
                )
            ) AS `t14`
              ON `t13`.`author_id` = `t14`.`author_id` AND `t13`.`wallet_id` = `t14`.`wallet_id`
          ) AS `t18`
          WHERE
            `t18`.`value` IS NOT NULL
        ) AS `t21`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t3`.`ad_id`, '') AS `ad_id`,
              NULLIF(`t3`.`kind`, '') AS `kind`,
              NULLIF(`t3`.`value`, '') AS `value`
            FROM `identifiers` AS `t3`
            WHERE
              NOT (
                `t3`.`kind` IN ('domain', 'likely_handle', 'payee')
              )
              AND NULLIF(`t3`.`value`, '') IS NOT NULL
          ) AS `t12`
          UNION ALL
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t16`.`ad_id`, '') AS `ad_id`,
              NULLIF('image', '') AS `kind`,
              NULLIF(`t16`.`value`, '') AS `value`
            FROM (
              SELECT
                `t8`.`ad_id`,
                EXPLODE(SPLIT(`t8`.`image_hashes`, ' ')) AS `value`
              FROM (
                SELECT
                  *
                FROM `ads` AS `t2`
                WHERE
                  `t2`.`image_hashes` IS NOT NULL
              ) AS `t8`
            ) AS `t16`
            WHERE
              NULLIF(`t16`.`value`, '') IS NOT NULL
          ) AS `t20`
        ) AS `t22`
      ) AS `t23`
    ) AS `t24`
  ) AS `t26`
  INNER JOIN (
    SELECT
      `t0`.`ad_id`,
      `t0`.`author_id`
    FROM `authors` AS `t0`
  ) AS `t7`
    ON `t26`.`ad_id` = `t7`.`ad_id`
)
SELECT
  *
FROM (
  SELECT
    `t37`.`kind`,
    `t37`.`value`,
    `t37`.`authors`,
    `t37`.`ads`,
    `t37`.`strangers`
  FROM (
    SELECT
      `t36`.`kind`,
      `t36`.`value`,
      `t36`.`authors`,
      `t36`.`ads`,
      `t36`.`named`,
      CAST(ROUND(`t36`.`named` + (
        (
          `t36`.`authors` - `t36`.`named`
        ) * 0.1
      ), 6) AS DOUBLE) AS `strangers`
    FROM (
      SELECT
        `t35`.`kind`,
        `t35`.`value`,
        COUNT(*) AS `authors`,
        SUM(`t35`.`ads`) AS `ads`,
        COUNT(`t35`.`named`) AS `named`
      FROM (
        SELECT
          `t34`.`kind`,
          `t34`.`value`,
          `t34`.`author_id`,
          `t34`.`ads`,
          `t34`.`named`
        FROM (
          SELECT
            `t31`.`kind`,
            `t31`.`value`,
            `t31`.`author_id`,
            `t31`.`ads`,
            `t33`.`author_id` AS `author_id_right`,
            `t33`.`named`
          FROM (
            SELECT
              `t28`.`kind`,
              `t28`.`value`,
              `t28`.`author_id`,
              COUNT(DISTINCT `t28`.`ad_id`) AS `ads`
            FROM `t27` AS `t28`
            GROUP BY
              1,
              2,
              3
          ) AS `t31`
          LEFT OUTER JOIN (
            SELECT
              `t29`.`author_id`,
              1 AS `named`
            FROM (
              SELECT DISTINCT
                `t28`.`author_id`
              FROM `t27` AS `t28`
              WHERE
                `t28`.`kind` IN (
                  'phone',
                  'handle',
                  'email',
                  'url',
                  'bitcoin_address',
                  'tron_address',
                  'ethereum_address',
                  'payment_handle'
                )
            ) AS `t29`
          ) AS `t33`
            ON `t31`.`author_id` = `t33`.`author_id`
        ) AS `t34`
      ) AS `t35`
      GROUP BY
        1,
        2
    ) AS `t36`
  ) AS `t37`
) AS `t38`
WHERE
  NOT (
    `t38`.`kind` IN ('place')
  ) AND `t38`.`strangers` >= 4

-- ties
WITH `t24` AS (
  SELECT
    *
  FROM (
    SELECT
      *
    FROM (
      SELECT
        NULLIF(`t0`.`ad_id`, '') AS `ad_id`,
        NULLIF('text', '') AS `kind`,
        NULLIF(`t0`.`text_group_id`, '') AS `value`
      FROM `texts` AS `t0`
      WHERE
        `t0`.`characters` > 0 AND NULLIF(`t0`.`text_group_id`, '') IS NOT NULL
    ) AS `t11`
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          NULLIF(`t1`.`ad_id`, '') AS `ad_id`,
          NULLIF('place', '') AS `kind`,
          NULLIF(LOWER(COALESCE(`t1`.`city`, `t1`.`region`)), '') AS `value`
        FROM `ads` AS `t1`
      ) AS `t15`
      WHERE
        `t15`.`value` IS NOT NULL
    ) AS `t17`
  ) AS `t19`
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          NULLIF(`t13`.`ad_id`, '') AS `ad_id`,
          NULLIF('wallet', '') AS `kind`,
          NULLIF(CAST(`t13`.`wallet_id` AS STRING), '') AS `value`
        FROM (
          SELECT
            *
          FROM `attribution_links` AS `t3`
          WHERE
            `t3`.`method` = 'inktrace' AND `t3`.`posterior_probability` >= 0.5
        ) AS `t13`
        INNER JOIN (
          SELECT
            `t4`.`author_id`,
            `t4`.`wallet_id`
          FROM `attributions` AS `t4`
          WHERE
            `t4`.`method` = 'inktrace'
            AND `t4`.`q_value` <= 0.05
            AND NOT (
              `t4`.`is_service`
            )
        ) AS `t14`
          ON `t13`.`author_id` = `t14`.`author_id` AND `t13`.`wallet_id` = `t14`.`wallet_id`
      ) AS `t18`
      WHERE
        `t18`.`value` IS NOT NULL
    ) AS `t21`
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          NULLIF(`t2`.`ad_id`, '') AS `ad_id`,
          NULLIF(`t2`.`kind`, '') AS `kind`,
          NULLIF(`t2`.`value`, '') AS `value`
        FROM `identifiers` AS `t2`
        WHERE
          NOT (
            `t2`.`kind` IN ('domain', 'likely_handle', 'payee')
          )
          AND NULLIF(`t2`.`value`, '') IS NOT NULL
      ) AS `t12`
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          NULLIF(`t16`.`ad_id`, '') AS `ad_id`,
          NULLIF('image', '') AS `kind`,
          NULLIF(`t16`.`value`, '') AS `value`
        FROM (
          SELECT
            `t7`.`ad_id`,
            EXPLODE(SPLIT(`t7`.`image_hashes`, ' ')) AS `value`
          FROM (
            SELECT
              *
            FROM `ads` AS `t1`
            WHERE
              `t1`.`image_hashes` IS NOT NULL
          ) AS `t7`
        ) AS `t16`
        WHERE
          NULLIF(`t16`.`value`, '') IS NOT NULL
      ) AS `t20`
    ) AS `t22`
  ) AS `t23`
), `t30` AS (
  SELECT
    `t28`.`ad_id`,
    `t28`.`kind`,
    `t28`.`value`,
    `t10`.`author_id`
  FROM (
    SELECT DISTINCT
      *
    FROM `t24` AS `t25`
  ) AS `t28`
  INNER JOIN (
    SELECT
      `t5`.`ad_id`,
      `t5`.`author_id`
    FROM `authors` AS `t5`
  ) AS `t10`
    ON `t28`.`ad_id` = `t10`.`ad_id`
), `t45` AS (
  SELECT
    *
  FROM (
    SELECT
      `t28`.`ad_id`,
      `t28`.`kind`,
      `t28`.`value`
    FROM (
      SELECT DISTINCT
        *
      FROM `t24` AS `t25`
    ) AS `t28`
    LEFT ANTI JOIN (
      SELECT
        *
      FROM (
        SELECT
          `t40`.`kind`,
          `t40`.`value`,
          `t40`.`authors`,
          `t40`.`ads`,
          `t40`.`strangers`
        FROM (
          SELECT
            `t39`.`kind`,
            `t39`.`value`,
            `t39`.`authors`,
            `t39`.`ads`,
            `t39`.`named`,
            CAST(ROUND(`t39`.`named` + (
              (
                `t39`.`authors` - `t39`.`named`
              ) * 0.1
            ), 6) AS DOUBLE) AS `strangers`
          FROM (
            SELECT
              `t38`.`kind`,
              `t38`.`value`,
              COUNT(*) AS `authors`,
              SUM(`t38`.`ads`) AS `ads`,
              COUNT(`t38`.`named`) AS `named`
            FROM (
              SELECT
                `t37`.`kind`,
                `t37`.`value`,
                `t37`.`author_id`,
                `t37`.`ads`,
                `t37`.`named`
              FROM (
                SELECT
                  `t34`.`kind`,
                  `t34`.`value`,
                  `t34`.`author_id`,
                  `t34`.`ads`,
                  `t36`.`author_id` AS `author_id_right`,
                  `t36`.`named`
                FROM (
                  SELECT
                    `t31`.`kind`,
                    `t31`.`value`,
                    `t31`.`author_id`,
                    COUNT(DISTINCT `t31`.`ad_id`) AS `ads`
                  FROM `t30` AS `t31`
                  GROUP BY
                    1,
                    2,
                    3
                ) AS `t34`
                LEFT OUTER JOIN (
                  SELECT
                    `t32`.`author_id`,
                    1 AS `named`
                  FROM (
                    SELECT DISTINCT
                      `t31`.`author_id`
                    FROM `t30` AS `t31`
                    WHERE
                      `t31`.`kind` IN (
                        'phone',
                        'handle',
                        'email',
                        'url',
                        'bitcoin_address',
                        'tron_address',
                        'ethereum_address',
                        'payment_handle'
                      )
                  ) AS `t32`
                ) AS `t36`
                  ON `t34`.`author_id` = `t36`.`author_id`
              ) AS `t37`
            ) AS `t38`
            GROUP BY
              1,
              2
          ) AS `t39`
        ) AS `t40`
      ) AS `t41`
      WHERE
        NOT (
          `t41`.`kind` IN ('place')
        ) AND `t41`.`strangers` >= 4
    ) AS `t43`
      ON `t28`.`kind` = `t43`.`kind` AND `t28`.`value` = `t43`.`value`
  ) AS `t44`
  WHERE
    `t44`.`kind` IN (
      'phone',
      'handle',
      'email',
      'url',
      'bitcoin_address',
      'tron_address',
      'ethereum_address',
      'payment_handle'
    )
)
SELECT
  `t49`.`ad_id`,
  CONCAT(CONCAT(`t49`.`kind`, ':'), `t49`.`value`) AS `tie`
FROM (
  SELECT
    *
  FROM `t45` AS `t46`
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      `t29`.`ad_id`,
      `t29`.`kind`,
      `t29`.`value`
    FROM (
      SELECT DISTINCT
        *
      FROM `t24` AS `t25`
      WHERE
        `t25`.`kind` = 'text'
    ) AS `t29`
    LEFT ANTI JOIN `t45` AS `t47`
      ON `t29`.`ad_id` = `t47`.`ad_id`
  ) AS `t48`
) AS `t49`

-- part_uses
WITH `t31` AS (
  SELECT
    `t30`.`ad_id`,
    `t30`.`kind`,
    `t30`.`value`,
    `t8`.`author_id`
  FROM (
    SELECT DISTINCT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            NULLIF(`t2`.`ad_id`, '') AS `ad_id`,
            NULLIF('text', '') AS `kind`,
            NULLIF(`t2`.`text_group_id`, '') AS `value`
          FROM `texts` AS `t2`
          WHERE
            `t2`.`characters` > 0 AND NULLIF(`t2`.`text_group_id`, '') IS NOT NULL
        ) AS `t15`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t1`.`ad_id`, '') AS `ad_id`,
              NULLIF('place', '') AS `kind`,
              NULLIF(LOWER(COALESCE(`t1`.`city`, `t1`.`region`)), '') AS `value`
            FROM `ads` AS `t1`
          ) AS `t19`
          WHERE
            `t19`.`value` IS NOT NULL
        ) AS `t21`
      ) AS `t23`
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t17`.`ad_id`, '') AS `ad_id`,
              NULLIF('wallet', '') AS `kind`,
              NULLIF(CAST(`t17`.`wallet_id` AS STRING), '') AS `value`
            FROM (
              SELECT
                *
              FROM `attribution_links` AS `t4`
              WHERE
                `t4`.`method` = 'inktrace' AND `t4`.`posterior_probability` >= 0.5
            ) AS `t17`
            INNER JOIN (
              SELECT
                `t5`.`author_id`,
                `t5`.`wallet_id`
              FROM `attributions` AS `t5`
              WHERE
                `t5`.`method` = 'inktrace'
                AND `t5`.`q_value` <= 0.05
                AND NOT (
                  `t5`.`is_service`
                )
            ) AS `t18`
              ON `t17`.`author_id` = `t18`.`author_id` AND `t17`.`wallet_id` = `t18`.`wallet_id`
          ) AS `t22`
          WHERE
            `t22`.`value` IS NOT NULL
        ) AS `t25`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t3`.`ad_id`, '') AS `ad_id`,
              NULLIF(`t3`.`kind`, '') AS `kind`,
              NULLIF(`t3`.`value`, '') AS `value`
            FROM `identifiers` AS `t3`
            WHERE
              NOT (
                `t3`.`kind` IN ('domain', 'likely_handle', 'payee')
              )
              AND NULLIF(`t3`.`value`, '') IS NOT NULL
          ) AS `t16`
          UNION ALL
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t20`.`ad_id`, '') AS `ad_id`,
              NULLIF('image', '') AS `kind`,
              NULLIF(`t20`.`value`, '') AS `value`
            FROM (
              SELECT
                `t10`.`ad_id`,
                EXPLODE(SPLIT(`t10`.`image_hashes`, ' ')) AS `value`
              FROM (
                SELECT
                  *
                FROM `ads` AS `t1`
                WHERE
                  `t1`.`image_hashes` IS NOT NULL
              ) AS `t10`
            ) AS `t20`
            WHERE
              NULLIF(`t20`.`value`, '') IS NOT NULL
          ) AS `t24`
        ) AS `t26`
      ) AS `t27`
    ) AS `t28`
  ) AS `t30`
  INNER JOIN (
    SELECT
      `t0`.`ad_id`,
      `t0`.`author_id`
    FROM `authors` AS `t0`
  ) AS `t8`
    ON `t30`.`ad_id` = `t8`.`ad_id`
)
SELECT
  `t45`.`kind`,
  `t45`.`value`,
  `t45`.`part`,
  COUNT(DISTINCT `t45`.`hour`) AS `uses`
FROM (
  SELECT
    `t30`.`ad_id`,
    `t30`.`kind`,
    `t30`.`value`,
    `t13`.`part`,
    `t14`.`hour`
  FROM (
    SELECT DISTINCT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            NULLIF(`t2`.`ad_id`, '') AS `ad_id`,
            NULLIF('text', '') AS `kind`,
            NULLIF(`t2`.`text_group_id`, '') AS `value`
          FROM `texts` AS `t2`
          WHERE
            `t2`.`characters` > 0 AND NULLIF(`t2`.`text_group_id`, '') IS NOT NULL
        ) AS `t15`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t1`.`ad_id`, '') AS `ad_id`,
              NULLIF('place', '') AS `kind`,
              NULLIF(LOWER(COALESCE(`t1`.`city`, `t1`.`region`)), '') AS `value`
            FROM `ads` AS `t1`
          ) AS `t19`
          WHERE
            `t19`.`value` IS NOT NULL
        ) AS `t21`
      ) AS `t23`
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t17`.`ad_id`, '') AS `ad_id`,
              NULLIF('wallet', '') AS `kind`,
              NULLIF(CAST(`t17`.`wallet_id` AS STRING), '') AS `value`
            FROM (
              SELECT
                *
              FROM `attribution_links` AS `t4`
              WHERE
                `t4`.`method` = 'inktrace' AND `t4`.`posterior_probability` >= 0.5
            ) AS `t17`
            INNER JOIN (
              SELECT
                `t5`.`author_id`,
                `t5`.`wallet_id`
              FROM `attributions` AS `t5`
              WHERE
                `t5`.`method` = 'inktrace'
                AND `t5`.`q_value` <= 0.05
                AND NOT (
                  `t5`.`is_service`
                )
            ) AS `t18`
              ON `t17`.`author_id` = `t18`.`author_id` AND `t17`.`wallet_id` = `t18`.`wallet_id`
          ) AS `t22`
          WHERE
            `t22`.`value` IS NOT NULL
        ) AS `t25`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t3`.`ad_id`, '') AS `ad_id`,
              NULLIF(`t3`.`kind`, '') AS `kind`,
              NULLIF(`t3`.`value`, '') AS `value`
            FROM `identifiers` AS `t3`
            WHERE
              NOT (
                `t3`.`kind` IN ('domain', 'likely_handle', 'payee')
              )
              AND NULLIF(`t3`.`value`, '') IS NOT NULL
          ) AS `t16`
          UNION ALL
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t20`.`ad_id`, '') AS `ad_id`,
              NULLIF('image', '') AS `kind`,
              NULLIF(`t20`.`value`, '') AS `value`
            FROM (
              SELECT
                `t10`.`ad_id`,
                EXPLODE(SPLIT(`t10`.`image_hashes`, ' ')) AS `value`
              FROM (
                SELECT
                  *
                FROM `ads` AS `t1`
                WHERE
                  `t1`.`image_hashes` IS NOT NULL
              ) AS `t10`
            ) AS `t20`
            WHERE
              NULLIF(`t20`.`value`, '') IS NOT NULL
          ) AS `t24`
        ) AS `t26`
      ) AS `t27`
    ) AS `t28`
  ) AS `t30`
  LEFT ANTI JOIN (
    SELECT
      *
    FROM (
      SELECT
        `t41`.`kind`,
        `t41`.`value`,
        `t41`.`authors`,
        `t41`.`ads`,
        `t41`.`strangers`
      FROM (
        SELECT
          `t40`.`kind`,
          `t40`.`value`,
          `t40`.`authors`,
          `t40`.`ads`,
          `t40`.`named`,
          CAST(ROUND(`t40`.`named` + (
            (
              `t40`.`authors` - `t40`.`named`
            ) * 0.1
          ), 6) AS DOUBLE) AS `strangers`
        FROM (
          SELECT
            `t39`.`kind`,
            `t39`.`value`,
            COUNT(*) AS `authors`,
            SUM(`t39`.`ads`) AS `ads`,
            COUNT(`t39`.`named`) AS `named`
          FROM (
            SELECT
              `t38`.`kind`,
              `t38`.`value`,
              `t38`.`author_id`,
              `t38`.`ads`,
              `t38`.`named`
            FROM (
              SELECT
                `t35`.`kind`,
                `t35`.`value`,
                `t35`.`author_id`,
                `t35`.`ads`,
                `t37`.`author_id` AS `author_id_right`,
                `t37`.`named`
              FROM (
                SELECT
                  `t32`.`kind`,
                  `t32`.`value`,
                  `t32`.`author_id`,
                  COUNT(DISTINCT `t32`.`ad_id`) AS `ads`
                FROM `t31` AS `t32`
                GROUP BY
                  1,
                  2,
                  3
              ) AS `t35`
              LEFT OUTER JOIN (
                SELECT
                  `t33`.`author_id`,
                  1 AS `named`
                FROM (
                  SELECT DISTINCT
                    `t32`.`author_id`
                  FROM `t31` AS `t32`
                  WHERE
                    `t32`.`kind` IN (
                      'phone',
                      'handle',
                      'email',
                      'url',
                      'bitcoin_address',
                      'tron_address',
                      'ethereum_address',
                      'payment_handle'
                    )
                ) AS `t33`
              ) AS `t37`
                ON `t35`.`author_id` = `t37`.`author_id`
            ) AS `t38`
          ) AS `t39`
          GROUP BY
            1,
            2
        ) AS `t40`
      ) AS `t41`
    ) AS `t42`
    WHERE
      NOT (
        `t42`.`kind` IN ('place')
      ) AND `t42`.`strangers` >= 4
  ) AS `t44`
    ON `t30`.`kind` = `t44`.`kind` AND `t30`.`value` = `t44`.`value`
  INNER JOIN (
    SELECT
      `t0`.`ad_id`,
      CAST(`t0`.`log10_lr` AS BIGINT) AS `part`
    FROM `authors` AS `t0`
  ) AS `t13`
    ON `t30`.`ad_id` = `t13`.`ad_id`
  INNER JOIN (
    SELECT
      `t1`.`ad_id`,
      CAST(FLOOR((
        `t1`.`posted_us`
      ) / (
        3600000000
      )) AS BIGINT) AS `hour`
    FROM `ads` AS `t1`
  ) AS `t14`
    ON `t30`.`ad_id` = `t14`.`ad_id`
) AS `t45`
GROUP BY
  1,
  2,
  3

-- value_pairs
WITH `t31` AS (
  SELECT
    `t30`.`ad_id`,
    `t30`.`kind`,
    `t30`.`value`,
    `t8`.`author_id`
  FROM (
    SELECT DISTINCT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            NULLIF(`t2`.`ad_id`, '') AS `ad_id`,
            NULLIF('text', '') AS `kind`,
            NULLIF(`t2`.`text_group_id`, '') AS `value`
          FROM `texts` AS `t2`
          WHERE
            `t2`.`characters` > 0 AND NULLIF(`t2`.`text_group_id`, '') IS NOT NULL
        ) AS `t15`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t1`.`ad_id`, '') AS `ad_id`,
              NULLIF('place', '') AS `kind`,
              NULLIF(LOWER(COALESCE(`t1`.`city`, `t1`.`region`)), '') AS `value`
            FROM `ads` AS `t1`
          ) AS `t19`
          WHERE
            `t19`.`value` IS NOT NULL
        ) AS `t21`
      ) AS `t23`
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t17`.`ad_id`, '') AS `ad_id`,
              NULLIF('wallet', '') AS `kind`,
              NULLIF(CAST(`t17`.`wallet_id` AS STRING), '') AS `value`
            FROM (
              SELECT
                *
              FROM `attribution_links` AS `t4`
              WHERE
                `t4`.`method` = 'inktrace' AND `t4`.`posterior_probability` >= 0.5
            ) AS `t17`
            INNER JOIN (
              SELECT
                `t5`.`author_id`,
                `t5`.`wallet_id`
              FROM `attributions` AS `t5`
              WHERE
                `t5`.`method` = 'inktrace'
                AND `t5`.`q_value` <= 0.05
                AND NOT (
                  `t5`.`is_service`
                )
            ) AS `t18`
              ON `t17`.`author_id` = `t18`.`author_id` AND `t17`.`wallet_id` = `t18`.`wallet_id`
          ) AS `t22`
          WHERE
            `t22`.`value` IS NOT NULL
        ) AS `t25`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t3`.`ad_id`, '') AS `ad_id`,
              NULLIF(`t3`.`kind`, '') AS `kind`,
              NULLIF(`t3`.`value`, '') AS `value`
            FROM `identifiers` AS `t3`
            WHERE
              NOT (
                `t3`.`kind` IN ('domain', 'likely_handle', 'payee')
              )
              AND NULLIF(`t3`.`value`, '') IS NOT NULL
          ) AS `t16`
          UNION ALL
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t20`.`ad_id`, '') AS `ad_id`,
              NULLIF('image', '') AS `kind`,
              NULLIF(`t20`.`value`, '') AS `value`
            FROM (
              SELECT
                `t10`.`ad_id`,
                EXPLODE(SPLIT(`t10`.`image_hashes`, ' ')) AS `value`
              FROM (
                SELECT
                  *
                FROM `ads` AS `t1`
                WHERE
                  `t1`.`image_hashes` IS NOT NULL
              ) AS `t10`
            ) AS `t20`
            WHERE
              NULLIF(`t20`.`value`, '') IS NOT NULL
          ) AS `t24`
        ) AS `t26`
      ) AS `t27`
    ) AS `t28`
  ) AS `t30`
  INNER JOIN (
    SELECT
      `t0`.`ad_id`,
      `t0`.`author_id`
    FROM `authors` AS `t0`
  ) AS `t8`
    ON `t30`.`ad_id` = `t8`.`ad_id`
), `t48` AS (
  SELECT
    `t47`.`kind`,
    `t47`.`value`,
    `t47`.`part`,
    `t47`.`uses`,
    FIRST(`t47`.`part`) IGNORE NULLS OVER (
      PARTITION BY `t47`.`kind`, `t47`.`value`
      ORDER BY `t47`.`uses` DESC, `t47`.`part` ASC NULLS LAST
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS `busiest`,
    LAG(`t47`.`part`) OVER (PARTITION BY `t47`.`kind`, `t47`.`value` ORDER BY `t47`.`part` ASC NULLS LAST) AS `before`
  FROM (
    SELECT
      *
    FROM (
      SELECT
        `t45`.`kind`,
        `t45`.`value`,
        `t45`.`part`,
        COUNT(DISTINCT `t45`.`hour`) AS `uses`
      FROM (
        SELECT
          `t30`.`ad_id`,
          `t30`.`kind`,
          `t30`.`value`,
          `t13`.`part`,
          `t14`.`hour`
        FROM (
          SELECT DISTINCT
            *
          FROM (
            SELECT
              *
            FROM (
              SELECT
                *
              FROM (
                SELECT
                  NULLIF(`t2`.`ad_id`, '') AS `ad_id`,
                  NULLIF('text', '') AS `kind`,
                  NULLIF(`t2`.`text_group_id`, '') AS `value`
                FROM `texts` AS `t2`
                WHERE
                  `t2`.`characters` > 0 AND NULLIF(`t2`.`text_group_id`, '') IS NOT NULL
              ) AS `t15`
              UNION ALL
              SELECT
                *
              FROM (
                SELECT
                  *
                FROM (
                  SELECT
                    NULLIF(`t1`.`ad_id`, '') AS `ad_id`,
                    NULLIF('place', '') AS `kind`,
                    NULLIF(LOWER(COALESCE(`t1`.`city`, `t1`.`region`)), '') AS `value`
                  FROM `ads` AS `t1`
                ) AS `t19`
                WHERE
                  `t19`.`value` IS NOT NULL
              ) AS `t21`
            ) AS `t23`
            UNION ALL
            SELECT
              *
            FROM (
              SELECT
                *
              FROM (
                SELECT
                  *
                FROM (
                  SELECT
                    NULLIF(`t17`.`ad_id`, '') AS `ad_id`,
                    NULLIF('wallet', '') AS `kind`,
                    NULLIF(CAST(`t17`.`wallet_id` AS STRING), '') AS `value`
                  FROM (
                    SELECT
                      *
                    FROM `attribution_links` AS `t4`
                    WHERE
                      `t4`.`method` = 'inktrace' AND `t4`.`posterior_probability` >= 0.5
                  ) AS `t17`
                  INNER JOIN (
                    SELECT
                      `t5`.`author_id`,
                      `t5`.`wallet_id`
                    FROM `attributions` AS `t5`
                    WHERE
                      `t5`.`method` = 'inktrace'
                      AND `t5`.`q_value` <= 0.05
                      AND NOT (
                        `t5`.`is_service`
                      )
                  ) AS `t18`
                    ON `t17`.`author_id` = `t18`.`author_id` AND `t17`.`wallet_id` = `t18`.`wallet_id`
                ) AS `t22`
                WHERE
                  `t22`.`value` IS NOT NULL
              ) AS `t25`
              UNION ALL
              SELECT
                *
              FROM (
                SELECT
                  *
                FROM (
                  SELECT
                    NULLIF(`t3`.`ad_id`, '') AS `ad_id`,
                    NULLIF(`t3`.`kind`, '') AS `kind`,
                    NULLIF(`t3`.`value`, '') AS `value`
                  FROM `identifiers` AS `t3`
                  WHERE
                    NOT (
                      `t3`.`kind` IN ('domain', 'likely_handle', 'payee')
                    )
                    AND NULLIF(`t3`.`value`, '') IS NOT NULL
                ) AS `t16`
                UNION ALL
                SELECT
                  *
                FROM (
                  SELECT
                    NULLIF(`t20`.`ad_id`, '') AS `ad_id`,
                    NULLIF('image', '') AS `kind`,
                    NULLIF(`t20`.`value`, '') AS `value`
                  FROM (
                    SELECT
                      `t10`.`ad_id`,
                      EXPLODE(SPLIT(`t10`.`image_hashes`, ' ')) AS `value`
                    FROM (
                      SELECT
                        *
                      FROM `ads` AS `t1`
                      WHERE
                        `t1`.`image_hashes` IS NOT NULL
                    ) AS `t10`
                  ) AS `t20`
                  WHERE
                    NULLIF(`t20`.`value`, '') IS NOT NULL
                ) AS `t24`
              ) AS `t26`
            ) AS `t27`
          ) AS `t28`
        ) AS `t30`
        LEFT ANTI JOIN (
          SELECT
            *
          FROM (
            SELECT
              `t41`.`kind`,
              `t41`.`value`,
              `t41`.`authors`,
              `t41`.`ads`,
              `t41`.`strangers`
            FROM (
              SELECT
                `t40`.`kind`,
                `t40`.`value`,
                `t40`.`authors`,
                `t40`.`ads`,
                `t40`.`named`,
                CAST(ROUND(`t40`.`named` + (
                  (
                    `t40`.`authors` - `t40`.`named`
                  ) * 0.1
                ), 6) AS DOUBLE) AS `strangers`
              FROM (
                SELECT
                  `t39`.`kind`,
                  `t39`.`value`,
                  COUNT(*) AS `authors`,
                  SUM(`t39`.`ads`) AS `ads`,
                  COUNT(`t39`.`named`) AS `named`
                FROM (
                  SELECT
                    `t38`.`kind`,
                    `t38`.`value`,
                    `t38`.`author_id`,
                    `t38`.`ads`,
                    `t38`.`named`
                  FROM (
                    SELECT
                      `t35`.`kind`,
                      `t35`.`value`,
                      `t35`.`author_id`,
                      `t35`.`ads`,
                      `t37`.`author_id` AS `author_id_right`,
                      `t37`.`named`
                    FROM (
                      SELECT
                        `t32`.`kind`,
                        `t32`.`value`,
                        `t32`.`author_id`,
                        COUNT(DISTINCT `t32`.`ad_id`) AS `ads`
                      FROM `t31` AS `t32`
                      GROUP BY
                        1,
                        2,
                        3
                    ) AS `t35`
                    LEFT OUTER JOIN (
                      SELECT
                        `t33`.`author_id`,
                        1 AS `named`
                      FROM (
                        SELECT DISTINCT
                          `t32`.`author_id`
                        FROM `t31` AS `t32`
                        WHERE
                          `t32`.`kind` IN (
                            'phone',
                            'handle',
                            'email',
                            'url',
                            'bitcoin_address',
                            'tron_address',
                            'ethereum_address',
                            'payment_handle'
                          )
                      ) AS `t33`
                    ) AS `t37`
                      ON `t35`.`author_id` = `t37`.`author_id`
                  ) AS `t38`
                ) AS `t39`
                GROUP BY
                  1,
                  2
              ) AS `t40`
            ) AS `t41`
          ) AS `t42`
          WHERE
            NOT (
              `t42`.`kind` IN ('place')
            ) AND `t42`.`strangers` >= 4
        ) AS `t44`
          ON `t30`.`kind` = `t44`.`kind` AND `t30`.`value` = `t44`.`value`
        INNER JOIN (
          SELECT
            `t0`.`ad_id`,
            CAST(`t0`.`log10_lr` AS BIGINT) AS `part`
          FROM `authors` AS `t0`
        ) AS `t13`
          ON `t30`.`ad_id` = `t13`.`ad_id`
        INNER JOIN (
          SELECT
            `t1`.`ad_id`,
            CAST(FLOOR((
              `t1`.`posted_us`
            ) / (
              3600000000
            )) AS BIGINT) AS `hour`
          FROM `ads` AS `t1`
        ) AS `t14`
          ON `t30`.`ad_id` = `t14`.`ad_id`
      ) AS `t45`
      GROUP BY
        1,
        2,
        3
    ) AS `t46`
    WHERE
      `t46`.`kind` <> 'place'
  ) AS `t47`
)
SELECT DISTINCT
  *
FROM (
  SELECT
    *
  FROM (
    SELECT
      LEAST(`t49`.`part`, `t49`.`busiest`) AS `part_a`,
      GREATEST(`t49`.`part`, `t49`.`busiest`) AS `part_b`
    FROM `t48` AS `t49`
    WHERE
      `t49`.`busiest` IS NOT NULL AND `t49`.`busiest` <> `t49`.`part`
  ) AS `t50`
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      LEAST(`t49`.`part`, `t49`.`before`) AS `part_a`,
      GREATEST(`t49`.`part`, `t49`.`before`) AS `part_b`
    FROM `t48` AS `t49`
    WHERE
      `t49`.`before` IS NOT NULL AND `t49`.`before` <> `t49`.`part`
  ) AS `t51`
) AS `t52`

-- author_part_pairs
WITH `t4` AS (
  SELECT
    `t3`.`part`,
    `t3`.`ads`,
    `t3`.`author`,
    FIRST(`t3`.`part`) IGNORE NULLS OVER (
      PARTITION BY `t3`.`author`
      ORDER BY `t3`.`ads` DESC, `t3`.`part` ASC NULLS LAST
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS `largest`,
    LAG(`t3`.`part`) OVER (PARTITION BY `t3`.`author` ORDER BY `t3`.`part` ASC NULLS LAST) AS `before`
  FROM (
    SELECT
      `t2`.`part`,
      `t2`.`ads`,
      1 AS `author`
    FROM (
      SELECT
        `t1`.`part`,
        COUNT(*) AS `ads`
      FROM (
        SELECT
          `t0`.`ad_id`,
          CAST(`t0`.`log10_lr` AS BIGINT) AS `part`
        FROM `authors` AS `t0`
      ) AS `t1`
      GROUP BY
        1
    ) AS `t2`
  ) AS `t3`
)
SELECT DISTINCT
  *
FROM (
  SELECT
    *
  FROM (
    SELECT
      LEAST(`t5`.`part`, `t5`.`largest`) AS `part_a`,
      GREATEST(`t5`.`part`, `t5`.`largest`) AS `part_b`
    FROM `t4` AS `t5`
    WHERE
      `t5`.`largest` IS NOT NULL AND `t5`.`largest` <> `t5`.`part`
  ) AS `t6`
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      LEAST(`t5`.`part`, `t5`.`before`) AS `part_a`,
      GREATEST(`t5`.`part`, `t5`.`before`) AS `part_b`
    FROM `t4` AS `t5`
    WHERE
      `t5`.`before` IS NOT NULL AND `t5`.`before` <> `t5`.`part`
  ) AS `t7`
) AS `t8`

-- style_pairs
SELECT
  `t8`.`part_a`,
  `t8`.`part_b`,
  `t8`.`same_template`,
  COUNT(*) AS `pairs`,
  SUM(CAST(ROUND(`t8`.`log10_lr` * 1000000, 0) AS BIGINT)) AS `lr_millionths`
FROM (
  SELECT
    `t7`.`ad_id_a`,
    `t7`.`ad_id_b`,
    `t7`.`same_template`,
    `t7`.`shared_identifiers`,
    `t7`.`log10_lr`,
    `t7`.`same_author_probability`,
    `t7`.`run_id`,
    `t7`.`one`,
    `t7`.`other`,
    LEAST(`t7`.`one`, `t7`.`other`) AS `part_a`,
    GREATEST(`t7`.`one`, `t7`.`other`) AS `part_b`
  FROM (
    SELECT
      `t2`.`ad_id_a`,
      `t2`.`ad_id_b`,
      `t2`.`same_template`,
      `t2`.`shared_identifiers`,
      `t2`.`log10_lr`,
      `t2`.`same_author_probability`,
      `t2`.`run_id`,
      `t5`.`one`,
      `t6`.`other`
    FROM `author_pairs` AS `t2`
    INNER JOIN (
      SELECT
        `t1`.`ad_id` AS `ad_id_a`,
        CAST(`t1`.`log10_lr` AS BIGINT) AS `one`
      FROM `authors` AS `t1`
    ) AS `t5`
      ON `t2`.`ad_id_a` = `t5`.`ad_id_a`
    INNER JOIN (
      SELECT
        `t1`.`ad_id` AS `ad_id_b`,
        CAST(`t1`.`log10_lr` AS BIGINT) AS `other`
      FROM `authors` AS `t1`
    ) AS `t6`
      ON `t2`.`ad_id_b` = `t6`.`ad_id_b`
  ) AS `t7`
  WHERE
    `t7`.`one` <> `t7`.`other`
) AS `t8`
GROUP BY
  1,
  2,
  3
